"""Benefit statements: drafted from the course of the incapacity, issued and frozen, corrected by later ones."""

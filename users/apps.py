from django.apps import AppConfig


class UsersConfig(AppConfig):
    """People: accounts, sign-in, invitations, user management."""

    name = "users"

    def ready(self) -> None:
        from allauth.account.signals import authentication_step_completed

        from companies import panels
        from users import rights_tasks  # noqa: F401  the worker knows its jobs
        from users.panels import (
            account_of_person,
            activation_of_company,
            bank_of_person,
            review_of_company,
        )
        from users.sessions import change_key
        from users.sso.panels import sign_in_panel

        panels.COMPANY.append(activation_of_company)

        authentication_step_completed.connect(change_key, dispatch_uid="users.change_key")
        panels.PERSON.append(bank_of_person)
        panels.PERSON.append(account_of_person)
        panels.COMPANY.append(sign_in_panel)
        panels.COMPANY.append(review_of_company)

from django.apps import AppConfig


class UsersConfig(AppConfig):
    """People: accounts, sign-in, invitations, user management."""

    name = "users"

    def ready(self) -> None:
        from allauth.account.signals import authentication_step_completed

        from companies import panels
        from users.panels import activation_of_company
        from users.sessions import change_key

        panels.COMPANY.append(activation_of_company)

        authentication_step_completed.connect(change_key, dispatch_uid="users.change_key")

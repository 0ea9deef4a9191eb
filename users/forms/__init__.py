"""What people type: signing in, inviting, granting, their own account."""

from users.forms.access import AcceptForm, InviteForm, RightsForm
from users.forms.account import PhoneForm, PreferencesForm
from users.forms.sign_in import (
    ActivateAuthenticatorForm,
    ChangePasswordForm,
    ForgottenPasswordForm,
    LoginForm,
    NewPasswordForm,
    PasswordAgainForm,
    SecondFactorAgainForm,
    SecondFactorForm,
)
from users.forms.tokens import TokenForm

__all__ = [
    "AcceptForm",
    "ActivateAuthenticatorForm",
    "ChangePasswordForm",
    "ForgottenPasswordForm",
    "InviteForm",
    "LoginForm",
    "NewPasswordForm",
    "PasswordAgainForm",
    "PhoneForm",
    "PreferencesForm",
    "RightsForm",
    "SecondFactorAgainForm",
    "SecondFactorForm",
    "TokenForm",
]

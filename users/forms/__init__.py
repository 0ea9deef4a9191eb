"""What people type: signing in, inviting, granting, their own account."""

from users.forms.access import AcceptForm, InviteForm, RightsForm
from users.forms.account import PhoneForm, PreferencesForm
from users.forms.registration import (
    ActivationForm,
    CodeForm,
    FirstPasswordForm,
    PukForm,
    RegistrationForm,
)
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

__all__ = [
    "AcceptForm",
    "ActivateAuthenticatorForm",
    "ActivationForm",
    "ChangePasswordForm",
    "CodeForm",
    "FirstPasswordForm",
    "ForgottenPasswordForm",
    "InviteForm",
    "LoginForm",
    "NewPasswordForm",
    "PasswordAgainForm",
    "PhoneForm",
    "PreferencesForm",
    "PukForm",
    "RegistrationForm",
    "RightsForm",
    "SecondFactorAgainForm",
    "SecondFactorForm",
]

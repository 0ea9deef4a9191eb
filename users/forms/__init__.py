"""What people type: signing in, second factors, inviting, granting, their own account."""

from users.forms.access import AcceptForm, InviteForm, RightsForm
from users.forms.account import PhoneForm, PreferencesForm
from users.forms.factors import (
    ActivateAuthenticatorForm,
    AddPasskeyForm,
    ConfirmCodeForm,
    PasskeyAloneForm,
    PasskeyNameForm,
    PasswordAgainForm,
    SecondFactorForm,
    SmsNumberForm,
)
from users.forms.sign_in import ChangePasswordForm, ForgottenPasswordForm, LoginForm, NewPasswordForm

__all__ = [
    "AcceptForm",
    "ActivateAuthenticatorForm",
    "AddPasskeyForm",
    "ChangePasswordForm",
    "ConfirmCodeForm",
    "ForgottenPasswordForm",
    "InviteForm",
    "LoginForm",
    "NewPasswordForm",
    "PasskeyAloneForm",
    "PasskeyNameForm",
    "PasswordAgainForm",
    "PhoneForm",
    "PreferencesForm",
    "RightsForm",
    "SecondFactorForm",
    "SmsNumberForm",
]

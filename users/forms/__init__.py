"""What people type: signing in, inviting, granting, their own account."""

from users.forms.access import AcceptForm, InviteForm, RightsForm
from users.forms.account import (
    AnswerForm,
    CorrectionForm,
    EmailForm,
    NewsForm,
    PhoneForm,
    PreferencesForm,
    TermsForm,
    WithdrawalForm,
)
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
from users.forms.tokens import TokenForm

__all__ = [
    "AcceptForm",
    "ActivateAuthenticatorForm",
    "ActivationForm",
    "AnswerForm",
    "ChangePasswordForm",
    "CodeForm",
    "CorrectionForm",
    "EmailForm",
    "FirstPasswordForm",
    "ForgottenPasswordForm",
    "InviteForm",
    "LoginForm",
    "NewPasswordForm",
    "NewsForm",
    "PasswordAgainForm",
    "PhoneForm",
    "PreferencesForm",
    "PukForm",
    "RegistrationForm",
    "RightsForm",
    "SecondFactorAgainForm",
    "SecondFactorForm",
    "TermsForm",
    "TokenForm",
    "WithdrawalForm",
]

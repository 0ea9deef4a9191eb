"""What people type: signing in, second factors, inviting, granting, their own account."""

from users.forms.access import AcceptForm, InviteForm, OpenFileForm, PlaceForm, RightsForm
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
from users.forms.details import AnswerRequestForm, BankDetailsForm, DeclineForm, OwnAddressForm
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
from users.forms.registration import (
    ActivationForm,
    CodeForm,
    FirstPasswordForm,
    LinkedRegistrationForm,
    PukForm,
    RegistrationForm,
    RegistrationLinkForm,
)
from users.forms.sign_in import ChangePasswordForm, ForgottenPasswordForm, LoginForm, NewPasswordForm
from users.forms.tokens import TokenForm
from users.forms.view_as import ViewAsForm

__all__ = [
    "AcceptForm",
    "ActivateAuthenticatorForm",
    "ActivationForm",
    "AddPasskeyForm",
    "AnswerForm",
    "AnswerRequestForm",
    "BankDetailsForm",
    "ChangePasswordForm",
    "CodeForm",
    "ConfirmCodeForm",
    "CorrectionForm",
    "DeclineForm",
    "EmailForm",
    "FirstPasswordForm",
    "ForgottenPasswordForm",
    "InviteForm",
    "LinkedRegistrationForm",
    "LoginForm",
    "NewPasswordForm",
    "NewsForm",
    "OpenFileForm",
    "OwnAddressForm",
    "PasskeyAloneForm",
    "PasskeyNameForm",
    "PasswordAgainForm",
    "PhoneForm",
    "PlaceForm",
    "PreferencesForm",
    "PukForm",
    "RegistrationForm",
    "RegistrationLinkForm",
    "RightsForm",
    "SecondFactorForm",
    "SmsNumberForm",
    "TermsForm",
    "TokenForm",
    "ViewAsForm",
    "WithdrawalForm",
]

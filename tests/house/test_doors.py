"""Every door and everybody: what each address answers to whom is written here, and an address without a line fails.

The walk follows the URL configuration. “Rest” are the others of the cast. A door to one thing is tried with
Rochat's thing; with Keller's, and with one that exists nowhere, it answers those who may open Rochat's (in an ordinary
run every second of them) with the same “not found”, in status, headers and body. Every answer at every door carries what protects it.
"""

from __future__ import annotations

from collections import defaultdict

import pytest

from tests.house.doors import (
    INSIDERS,
    METHODS,
    ROOMS,
    Walker,
    asked,
    bare,
    nowhere,
    path_of,
    read,
    room_of,
    scene,
)
from tests.house.doors_in import DOORS_IN
from tests.house.routes import patterns
from tests.house.shares import left_out

pytestmark = [pytest.mark.django_db, pytest.mark.long]

# Address (and another thing than usual behind it), method, nobody, signed in without second factor, the cast.
# The doors of getting in stand in `doors_in`.
TABLE = """
access-request-approve                   POST   403   403    403 sacha · 200 claire reto · 404 rest
access-request-decline                   POST   403   403    403 sacha · 200 claire reto · 404 rest
access-request-detail                    GET    403   403    200 claire reto sacha · 404 rest
access-request-list                      GET    403   403    200 rest
access-request-list                      POST   403   403    400 rest
activation-letter-detail                 GET    403   403    200 reto · 404 rest
activation-letter-list                   GET    403   403    200 reto · 403 rest
activation-letter-list                   POST   403   403    400 reto · 403 rest
activity                                 GET    login factor 200 claire bruno reto sacha · 403 rest
api-token-detail                         DELETE 403   403    404 rest
api-token-detail                         GET    403   403    404 rest
api-token-list                           GET    403   403    200 rest
api-token-list                           POST   403   403    403 rest
api_docs                                 GET    login 403    200 rest
api_schema                               GET    403   403    200 rest
audit-event-detail                       GET    403   403    200 claire reto sacha · 404 rest
audit-event-list                         GET    403   403    200 claire bruno reto sacha · 403 rest
bank-details-approve                     POST   403   403    200 reto · 403 nadia pauline · 404 rest
bank-details-decline                     POST   403   403    200 reto · 403 nadia pauline · 404 rest
bank-details-detail                      GET    403   403    200 nadia reto pauline · 404 rest
bank-details-list                        GET    403   403    200 rest
claims_files:accept                      POST   login factor 409 pauline · 403 hugo nadia fiona reto · 404 rest
claims_files:api-accept                  POST   403   403    409 pauline · 403 hugo nadia fiona reto · 404 rest
claims_files:api-close                   POST   403   403    409 pauline · 403 hugo nadia fiona reto · 404 rest
claims_files:api-decline                 POST   403   403    200 pauline · 403 hugo nadia fiona reto · 404 rest
claims_files:api-detail                  GET    403   403    403 reto · 200 hugo nadia fiona pauline · 404 rest
claims_files:api-list                    GET    403   403    200 rest
claims_files:api-request-paper           POST   403   403    201 pauline · 403 hugo nadia fiona reto · 404 rest
claims_files:api-seen                    POST   403   403    409 pauline · 403 hugo nadia fiona reto · 404 rest
claims_files:api-settle-paper            POST   403   403    403 reto · 404 rest
claims_files:api-take-over               POST   403   403    409 pauline · 403 hugo nadia fiona reto · 404 rest
claims_files:close                       GET    login factor 200 pauline · 403 hugo nadia fiona reto · 404 rest
claims_files:close                       POST   login factor 422 pauline · 403 hugo nadia fiona reto · 404 rest
claims_files:decline                     GET    login factor 200 pauline · 403 hugo nadia fiona reto · 404 rest
claims_files:decline                     POST   login factor 422 pauline · 403 hugo nadia fiona reto · 404 rest
claims_files:detail                      GET    login factor 403 reto · 200 hugo nadia fiona pauline · 404 rest
claims_files:documents                   GET    login factor 403 reto · 200 hugo nadia fiona pauline · 404 rest
claims_files:incapacity                  GET    login factor 403 reto · 200 hugo nadia fiona pauline · 404 rest
claims_files:list                        GET    login factor 403 claire felix bruno reto sacha zoe · 200 rest
claims_files:take_over                   POST   login factor 409 pauline · 403 hugo nadia fiona reto · 404 rest
claims_files:timeline                    GET    login factor 403 reto · 200 hugo nadia fiona pauline · 404 rest
companies:add_person                     GET    login factor 302 hugo · 200 reto · 403 rest
companies:api-company-detail             GET    403   403    404 bruno elena zoe · 200 rest
companies:api-company-detail             PATCH  403   403    200 reto · 404 bruno elena zoe · 403 rest
companies:api-company-list               GET    403   403    200 rest
companies:api-company-list               POST   403   403    400 reto · 403 rest
companies:api-contract-detail            GET    403   403    404 sonia nadia jonas bruno elena zoe · 200 rest
companies:api-contract-list              GET    403   403    200 rest
companies:api-contract-list              POST   403   403    400 reto · 403 rest
companies:api-person-detail              GET    403   403    200 claire hugo nadia fiona reto pauline · 404 rest
companies:api-person-detail              PATCH  403   403    200 hugo · 403 claire nadia fiona reto pauline · 404 rest
companies:api-person-list                GET    403   403    200 rest
companies:api-person-list                POST   403   403    400 hugo reto · 403 rest
companies:api-site-detail                GET    403   403    404 sonia nadia jonas bruno elena zoe · 200 rest
companies:api-site-list                  GET    403   403    200 rest
companies:api-site-list                  POST   403   403    400 reto · 403 rest
companies:company                        GET    login factor 404 bruno elena zoe · 200 rest
companies:edit_company                   GET    login factor 200 reto · 404 bruno elena zoe · 403 rest
companies:edit_company                   POST   login factor 422 reto · 404 bruno elena zoe · 403 rest
companies:edit_person                    GET    login factor 200 hugo · 403 claire nadia fiona reto pauline · 404 rest
companies:edit_person                    POST   login factor 422 hugo · 403 claire nadia fiona reto pauline · 404 rest
companies:list                           GET    login factor 403 zoe · 200 fiona reto pauline sacha · 302 rest
companies:new_company                    GET    login factor 200 reto · 403 rest
companies:new_company                    POST   login factor 422 reto · 403 rest
companies:new_contract                   GET    login factor 200 reto · 404 bruno elena zoe · 403 rest
companies:new_contract                   POST   login factor 422 reto · 404 bruno elena zoe · 403 rest
companies:new_person                     GET    login factor 200 hugo reto · 404 bruno elena zoe · 403 rest
companies:new_person                     POST   login factor 422 hugo reto · 404 bruno elena zoe · 403 rest
companies:new_site                       GET    login factor 200 reto · 404 bruno elena zoe · 403 rest
companies:new_site                       POST   login factor 422 reto · 404 bruno elena zoe · 403 rest
companies:person                         GET    login factor 200 claire hugo nadia fiona reto pauline · 404 rest
companies:persons                        GET    login factor 403 felix sacha zoe · 200 rest
correction-request-answer                POST   403   403    200 reto · 404 rest
correction-request-detail                GET    403   403    200 nadia reto · 404 rest
correction-request-list                  GET    403   403    200 rest
correction-request-list                  POST   403   403    400 rest
correspondence:api-detail                GET    403   403    200 hugo · 404 rest
correspondence:api-list                  GET    403   403    200 rest
correspondence:api-read                  POST   403   403    200 hugo · 404 rest
correspondence:api-read-all              POST   403   403    200 rest
correspondence:bell                      GET    login factor 200 rest
correspondence:follow                    GET    login factor 302 hugo · 404 rest
correspondence:notifications             GET    login factor 200 rest
correspondence:read_all                  POST   login factor 302 rest
declarations:api-detail                  DELETE 403   403    204 hugo fiona · 404 rest
declarations:api-detail                  GET    403   403    200 hugo fiona · 404 rest
declarations:api-detail@private          GET    403   403    200 nadia · 404 rest
declarations:api-list                    GET    403   403    200 rest
declarations:api-list                    POST   403   403    400 rest
declarations:api-parts                   PATCH  403   403    200 hugo fiona · 404 rest
declarations:api-receipt                 GET    403   403    409 hugo fiona · 404 rest
declarations:api-submit                  POST   403   403    400 hugo fiona · 404 rest
declarations:api-submit@private          POST   403   403    400 nadia · 404 rest
declarations:check                       GET    login factor 200 hugo fiona · 404 rest
declarations:check                       POST   login factor 422 hugo fiona · 404 rest
declarations:check@private               GET    login factor 200 nadia · 404 rest
declarations:delete                      GET    login factor 200 hugo fiona · 404 rest
declarations:delete                      POST   login factor 302 hugo fiona · 404 rest
declarations:delete@private              POST   login factor 302 nadia · 404 rest
declarations:drafts                      GET    login factor 200 hugo sonia nadia jonas elena fiona · 403 rest
declarations:part                        GET    login factor 200 hugo fiona · 404 rest
declarations:part                        POST   login factor 422 hugo fiona · 404 rest
declarations:part@private                GET    login factor 200 nadia · 404 rest
declarations:pdf                         GET    login factor 409 hugo fiona · 404 rest
declarations:sent                        GET    login factor 302 hugo fiona · 404 rest
declarations:start                       GET    login factor 200 hugo sonia nadia jonas elena fiona · 403 rest
declarations:start                       POST   login factor 200 hugo sonia nadia jonas elena fiona · 403 rest
documents:api-classify                   POST   403   403    200 hugo nadia fiona pauline · 404 rest
documents:api-content                    GET    403   403    200 hugo nadia fiona pauline · 404 rest
documents:api-content@medical            GET    403   403    200 nadia pauline · 404 rest
documents:api-detail                     GET    403   403    200 hugo nadia fiona pauline · 404 rest
documents:api-detail@medical             GET    403   403    200 nadia pauline · 404 rest
documents:api-held-list                  GET    403   403    200 rest
documents:api-list                       GET    403   403    200 rest
documents:api-list                       POST   403   403    400 rest
documents:api-upload                     DELETE 403   403    412 hugo · 404 rest
documents:api-upload                     GET    403   403    200 hugo · 404 rest
documents:api-upload                     PATCH  403   403    412 hugo · 404 rest
documents:api-upload                     POST   403   403    405 hugo · 404 rest
documents:api-uploads                    POST   403   403    412 hugo nadia fiona pauline · 404 rest
documents:archive                        GET    login factor 403 claire felix bruno reto sacha zoe · 200 rest
documents:classify                       GET    login factor 200 hugo nadia fiona pauline · 404 rest
documents:classify                       POST   login factor 200 hugo nadia fiona pauline · 404 rest
documents:download                       GET    login factor 200 hugo nadia fiona pauline · 404 rest
documents:download@medical               GET    login factor 200 nadia pauline · 404 rest
documents:folder                         GET    login factor 200 hugo nadia fiona pauline · 404 rest
documents:papers                         GET    login factor 200 hugo nadia fiona pauline · 404 rest
documents:receipt                        GET    login factor 200 hugo nadia fiona pauline · 404 rest
documents:receipt@medical                GET    login factor 200 nadia pauline · 404 rest
documents:upload                         POST   login factor 422 hugo nadia fiona pauline · 404 rest
finance:api-cancel                       POST   403   403    200 reto · 403 felix fiona · 404 rest
finance:api-detail                       GET    403   403    200 felix fiona reto · 404 rest
finance:api-list                         GET    403   403    200 felix fiona reto · 403 rest
finance:api-list                         POST   403   403    400 reto · 403 rest
finance:api-mark-paid                    POST   403   403    200 reto · 403 felix fiona · 404 rest
finance:api-pdf                          GET    403   403    200 felix fiona reto · 404 rest
finance:cancel                           GET    login factor 200 reto · 403 felix fiona · 404 rest
finance:cancel                           POST   login factor 302 reto · 403 felix fiona · 404 rest
finance:invoice                          GET    login factor 200 felix fiona reto · 404 rest
finance:invoice_pdf                      GET    login factor 200 felix fiona reto · 404 rest
finance:invoices                         GET    login factor 200 felix fiona reto · 403 rest
finance:issue                            GET    login factor 200 reto · 403 rest
finance:issue                            POST   login factor 200 reto · 403 rest
finance:mark_paid                        GET    login factor 200 reto · 403 felix fiona · 404 rest
finance:mark_paid                        POST   login factor 200 reto · 403 felix fiona · 404 rest
grant-detail                             DELETE 403   403    403 sacha · 204 claire reto · 404 rest
grant-detail                             GET    403   403    200 claire reto sacha · 404 rest
grant-detail                             PATCH  403   403    403 sacha · 200 claire reto · 404 rest
grant-list                               GET    403   403    200 claire bruno reto sacha · 403 rest
grant-list                               POST   403   403    400 claire bruno reto · 403 rest
home                                     GET    login factor 200 rest
home                                     POST   login factor 200 rest
invitation-detail                        GET    403   403    200 claire reto sacha · 404 rest
invitation-list                          GET    403   403    200 claire bruno reto sacha · 403 rest
invitation-list                          POST   403   403    400 claire bruno reto · 403 rest
invitation-resend                        POST   403   403    403 sacha · 200 claire reto · 404 rest
invitation-withdraw                      POST   403   403    403 sacha · 200 claire reto · 404 rest
livez                                    GET    200   200    200 rest
me                                       GET    403   403    200 rest
me                                       PATCH  403   403    200 rest
me-accept-terms                          POST   403   403    400 rest
me-additions                             DELETE 403   403    403 rest
me-address                               GET    403   403    200 nadia jonas elena · 404 rest
me-address                               PUT    403   403    403 nadia jonas elena · 404 rest
me-bank-details                          DELETE 403   403    204 nadia jonas elena · 404 rest
me-bank-details                          GET    403   403    200 nadia jonas elena · 404 rest
me-bank-details                          POST   403   403    403 nadia jonas elena · 404 rest
me-confirm-email                         POST   403   403    400 rest
me-consents                              GET    403   403    200 rest
me-consents                              PATCH  403   403    200 rest
me-delivery                              GET    403   403    200 rest
me-delivery                              PUT    403   403    400 rest
me-email-change                          DELETE 403   403    204 rest
me-email-change                          GET    403   403    200 rest
me-email-change                          POST   403   403    403 rest
me-news                                  GET    403   403    200 rest
me-news                                  PUT    403   403    400 rest
me-second-factor                         DELETE 403   403    404 rest
me-second-factor                         PATCH  403   403    400 rest
me-second-factors                        GET    403   403    200 rest
me-terms                                 GET    403   403    200 rest
me-withdrawal                            GET    403   403    200 rest
me-withdrawal                            POST   403   403    403 rest
mfa_activate_totp                        GET    login 302    factor rest
mfa_activate_totp                        POST   login 302    factor rest
mfa_add_passkey                          GET    login 302    factor rest
mfa_add_passkey                          POST   login 302    factor rest
mfa_authenticate                         GET    login factor 302 rest
mfa_authenticate                         POST   login factor 302 rest
mfa_download_recovery_codes              GET    login factor factor rest
mfa_download_recovery_codes              POST   login factor factor rest
mfa_email                                GET    login 302    factor rest
mfa_email                                POST   login 302    factor rest
mfa_email_confirm                        GET    login 302    factor rest
mfa_email_confirm                        POST   login 302    factor rest
mfa_generate_recovery_codes              GET    login factor factor rest
mfa_generate_recovery_codes              POST   login factor factor rest
mfa_index                                GET    login factor 200 rest
mfa_index                                POST   login factor 200 rest
mfa_login_options                        POST   200   factor 200 rest
mfa_login_webauthn                       POST   422   factor 302 rest
mfa_passkey                              GET    login factor factor rest
mfa_passkey                              POST   login factor factor rest
mfa_reauthenticate                       GET    login 302    200 rest
mfa_reauthenticate                       POST   login 302    422 rest
mfa_remove                               GET    login factor factor rest
mfa_remove                               POST   login factor factor rest
mfa_sms                                  GET    login 302    factor rest
mfa_sms                                  POST   login 302    factor rest
mfa_sms_confirm                          GET    login 302    factor rest
mfa_sms_confirm                          POST   login 302    factor rest
mfa_view_recovery_codes                  GET    login factor factor rest
mfa_view_recovery_codes                  POST   login factor factor rest
privacy                                  GET    200   200    200 rest
readyz                                   GET    200   200    200 rest
scim:api-token-detail                    GET    403   403    200 claire reto sacha · 404 rest
scim:api-token-detail                    DELETE 403   403    204 claire reto · 403 sacha · 404 rest
scim:api-token-list                      GET    403   403    200 claire bruno reto sacha · 403 rest
scim:api-token-list                      POST   403   403    403 rest
scim:configuration                       GET    401   factor 401 rest
scim:configuration                       POST   401   factor 401 rest
scim:group                               GET    401   factor 401 rest
scim:group                               POST   401   factor 401 rest
scim:groups                              GET    401   factor 401 rest
scim:groups                              POST   401   factor 401 rest
scim:new_token                           GET    login factor factor claire reto · 404 bruno elena zoe · 403 rest
scim:new_token                           POST   login factor factor claire reto · 404 bruno elena zoe · 403 rest
scim:resource_type                       GET    401   factor 401 rest
scim:resource_type                       POST   401   factor 401 rest
scim:resource_types                      GET    401   factor 401 rest
scim:resource_types                      POST   401   factor 401 rest
scim:rest                                GET    401   factor 401 rest
scim:rest                                POST   401   factor 401 rest
scim:revoke_token                        GET    login factor 200 claire reto · 403 sacha · 404 rest
scim:revoke_token                        POST   login factor 302 claire reto · 403 sacha · 404 rest
scim:root                                GET    401   factor 401 rest
scim:root                                POST   401   factor 401 rest
scim:schema                              GET    401   factor 401 rest
scim:schema                              POST   401   factor 401 rest
scim:schemas                             GET    401   factor 401 rest
scim:schemas                             POST   401   factor 401 rest
scim:search_groups                       GET    401   factor 401 rest
scim:search_groups                       POST   401   factor 401 rest
scim:search_users                        GET    401   factor 401 rest
scim:search_users                        POST   401   factor 401 rest
scim:user                                GET    401   factor 401 rest
scim:user                                POST   401   factor 401 rest
scim:users                               GET    401   factor 401 rest
scim:users                               POST   401   factor 401 rest
set_language                             GET    302   302    302 rest
set_language                             POST   302   302    302 rest
sso:acs                                  POST   403   factor 403 rest
sso:activate                             GET    login factor factor reto · 404 bruno elena zoe · 403 rest
sso:activate                             POST   login factor factor reto · 404 bruno elena zoe · 403 rest
sso:add_domain                           GET    login factor factor reto · 404 bruno elena zoe · 403 rest
sso:add_domain                           POST   login factor factor reto · 404 bruno elena zoe · 403 rest
sso:api-connection-activate              POST   403   403    403 claire reto sacha · 404 rest
sso:api-connection-deactivate            POST   403   403    403 claire reto sacha · 404 rest
sso:api-connection-detail                GET    403   403    200 claire reto sacha · 404 rest
sso:api-connection-detail                PATCH  403   403    403 claire reto sacha · 404 rest
sso:api-connection-detail                DELETE 403   403    403 claire reto sacha · 404 rest
sso:api-connection-list                  GET    403   403    200 claire bruno reto sacha · 403 rest
sso:api-connection-list                  POST   403   403    403 rest
sso:api-connection-required              POST   403   403    403 claire reto sacha · 404 rest
sso:api-connection-test                  POST   403   403    403 claire reto sacha · 404 rest
sso:api-domain-detail                    GET    403   403    200 claire reto sacha · 404 rest
sso:api-domain-detail                    DELETE 403   403    403 claire reto sacha · 404 rest
sso:api-domain-list                      GET    403   403    200 claire bruno reto sacha · 403 rest
sso:api-domain-list                      POST   403   403    403 rest
sso:callback                             GET    403   factor 403 rest
sso:company                              GET    login factor 200 claire reto sacha · 404 bruno elena zoe · 403 rest
sso:deactivate                           GET    login factor factor reto · 404 bruno elena zoe · 403 rest
sso:deactivate                           POST   login factor factor reto · 404 bruno elena zoe · 403 rest
sso:edit                                 GET    login factor factor reto · 404 bruno elena zoe · 403 rest
sso:edit                                 POST   login factor factor reto · 404 bruno elena zoe · 403 rest
sso:finish                               GET    403   factor 403 rest
sso:go                                   GET    403   factor 403 rest
sso:metadata                             GET    404   factor 404 rest
sso:remove                               GET    login factor factor reto · 404 bruno elena zoe · 403 rest
sso:remove                               POST   login factor factor reto · 404 bruno elena zoe · 403 rest
sso:remove_domain                        GET    login factor factor reto · 403 claire sacha · 404 rest
sso:remove_domain                        POST   login factor factor reto · 403 claire sacha · 404 rest
sso:required                             GET    login factor factor reto · 404 bruno elena zoe · 403 rest
sso:required                             POST   login factor factor reto · 404 bruno elena zoe · 403 rest
sso:start                                GET    200   factor 302 rest
sso:start                                POST   422   factor 302 rest
sso:test                                 GET    login factor factor reto · 404 bruno elena zoe · 403 rest
sso:test                                 POST   login factor factor reto · 404 bruno elena zoe · 403 rest
styleguide                               GET    login factor 200 reto pauline sacha · 404 rest
styleguide                               POST   login factor 200 reto pauline sacha · 404 rest
switch_company                           POST   login factor 302 rest
terms                                    GET    200   200    200 rest
terms_version                            GET    404   404    404 rest
user-deactivate                          POST   403   403    403 sacha · 204 claire reto · 404 rest
user-detail                              DELETE 403   403    409 reto sacha · 403 claire · 404 rest
user-detail                              GET    403   403    200 claire reto sacha · 404 rest
user-list                                GET    403   403    200 claire bruno reto sacha · 403 rest
user-puk-letter                          POST   403   403    202 reto · 403 claire sacha · 404 rest
users:accept                             GET    404   factor 404 rest
users:accept                             POST   404   factor 404 rest
users:accept_terms                       GET    login factor 302 rest
users:accept_terms                       POST   login factor 302 rest
users:account                            GET    login factor 200 rest
users:account                            POST   login factor 200 rest
users:address                            GET    login factor factor nadia jonas elena · 404 rest
users:address                            POST   login factor factor nadia jonas elena · 404 rest
users:answer_correction                  GET    login factor 200 reto · 404 rest
users:answer_correction                  POST   login factor 200 reto · 404 rest
users:activate                           GET    200   factor 200 rest
users:activate                           POST   200   factor 200 rest
users:activate_code                      GET    404   factor 404 rest
users:activate_code                      POST   404   factor 404 rest
users:activated                          GET    200   factor 200 rest
users:activated                          POST   200   factor 200 rest
users:answer_request                     GET    login factor 200 claire reto sacha · 404 rest
users:answer_request                     POST   login factor 422 claire reto sacha · 404 rest
users:api_access                         GET    login factor 200 rest
users:api_access                         POST   login factor 200 rest
users:ask_correction                     GET    login factor 200 rest
users:ask_correction                     POST   login factor 200 rest
users:ask_deletion                       GET    login factor 404 reto pauline sacha zoe · 200 rest
users:ask_deletion                       POST   login factor 404 reto pauline sacha zoe · 302 rest
users:bank_details                       GET    login factor factor nadia jonas elena · 404 rest
users:bank_details                       POST   login factor factor nadia jonas elena · 404 rest
users:bank_requests                      GET    login factor 200 reto · 403 rest
users:bank_requests                      POST   login factor 200 reto · 403 rest
users:cancel_email                       POST   login factor 302 rest
users:change_grant                       GET    login factor 403 sacha · 200 claire reto · 404 rest
users:change_grant                       POST   login factor 403 sacha · 200 claire reto · 404 rest
users:clear_additions                    GET    login factor factor rest
users:clear_additions                    POST   login factor factor rest
users:confirm_email                      GET    404   factor 404 rest
users:confirm_email                      POST   404   factor 404 rest
users:corrections                        GET    login factor 200 reto · 403 rest
users:corrections                        POST   login factor 200 reto · 403 rest
users:confirm_registration               GET    404   factor 404 rest
users:confirm_registration               POST   404   factor 404 rest
users:deactivate                         GET    login factor 403 sacha · 200 claire reto · 404 rest
users:deactivate                         POST   login factor 403 sacha · 302 claire reto · 404 rest
users:decide_bank_details                GET    login factor 200 reto · 403 nadia pauline · 404 rest
users:decide_bank_details                POST   login factor 200 reto · 403 nadia pauline · 404 rest
users:delete_account                     GET    login factor 409 reto sacha · 403 claire · 404 rest
users:delete_account                     POST   login factor 409 reto sacha · 403 claire · 404 rest
users:deny_email                         GET    404   404    404 rest
users:deny_email                         POST   404   404    404 rest
users:email                              GET    login factor factor rest
users:email                              POST   login factor factor rest
users:first_password                     GET    login factor 302 rest
users:first_password                     POST   login factor 302 rest
users:invitation_renewed                 GET    200   factor 200 rest
users:invitation_renewed                 POST   200   factor 200 rest
users:invite                             GET    login factor 200 claire bruno reto · 403 rest
users:invite                             POST   login factor 200 claire bruno reto · 403 rest
users:lost_identifier                    GET    200   factor 200 rest
users:lost_identifier                    POST   200   factor 200 rest
users:management                         GET    login factor 200 claire bruno reto sacha · 403 rest
users:management                         POST   login factor 200 claire bruno reto sacha · 403 rest
users:new_token                          GET    login factor factor rest
users:new_token                          POST   login factor factor rest
users:news                               GET    login factor 200 rest
users:news                               POST   login factor 200 rest
users:own_terms                          GET    login factor 200 rest
users:own_terms                          POST   login factor 200 rest
users:order_activation                   POST   login factor 302 reto · 404 bruno elena zoe · 403 rest
users:order_puk                          GET    login factor factor rest
users:order_puk                          POST   login factor factor rest
users:phone                              GET    login factor factor rest
users:phone                              POST   login factor factor rest
users:preferences                        GET    login factor 200 rest
users:preferences                        POST   login factor 200 rest
users:preview                            POST   login factor 200 claire bruno reto · 403 rest
users:puk                                GET    200   factor 200 rest
users:puk                                POST   200   factor 200 rest
users:puk_done                           GET    200   factor 200 rest
users:puk_done                           POST   200   factor 200 rest
users:register                           GET    200   factor 200 rest
users:register                           POST   200   factor 200 rest
users:registered                         GET    200   factor 200 rest
users:registered                         POST   200   factor 200 rest
users:remove_access                      GET    login factor 403 sacha · 200 claire reto · 404 rest
users:remove_access                      POST   login factor 403 sacha · 302 claire reto · 404 rest
users:request_access                     POST   login factor 404 rest
users:resend_invitation                  POST   login factor 403 sacha · 302 claire reto · 404 rest
users:revoke_token                       GET    login factor 404 rest
users:revoke_token                       POST   login factor 404 rest
users:sign_in_and_account                GET    login factor 200 rest
users:sign_in_and_account                POST   login factor 200 rest
users:withdraw                           GET    login factor factor rest
users:withdraw                           POST   login factor factor rest
users:unlock                             GET    404   factor 404 rest
users:unlock                             POST   404   factor 404 rest
users:withdraw_bank_details              POST   login factor 302 rest
users:withdraw_invitation                GET    login factor 403 sacha · 200 claire reto · 404 rest
users:withdraw_invitation                POST   login factor 403 sacha · 302 claire reto · 404 rest
usersessions_list                        GET    login factor 200 rest
usersessions_list                        POST   login factor 404 rest
"""


def lines() -> dict[tuple[str, str, str], dict[str, str]]:
    """`{(address, other thing, method): {who: outcome}}` of the table."""
    return read(TABLE + DOORS_IN)


@pytest.fixture(autouse=True)
def paper_store(settings, tmp_path):
    """An empty store for papers."""
    settings.DOCUMENT_ROOT = tmp_path / "documents"


def test_every_address_has_its_line():
    assert {name for name, _subject, _method in lines()} == {name for name, _placeholders in patterns()}


@pytest.mark.parametrize("room", ROOMS, ids=lambda room: room or "elsewhere")
def test_everybody_at_every_door(cast, sign_in, room):
    here, walker = scene(cast), Walker(cast, sign_in)
    missing = nowhere(here.near)
    methods = defaultdict(set)
    wrong = []
    for (name, subject, method), promised in lines().items():
        if room_of(name) != room:
            continue
        methods[name].add(method)
        path = path_of(name, here.near, subject)
        for who, word in asked(promised, f"{name} {subject} {method}"):
            found = walker.outcome(who, method, path)
            if found != word:
                wrong.append(f"{name} {subject} {method} {who}: {found}, not {word}")
        if subject == "private" or path_of(name, here.far) == path_of(name, here.near):
            continue
        far, none = path_of(name, here.far, subject), path_of(name, missing, subject)
        for who in INSIDERS:
            if promised[who] == "404" or left_out(name, method, who, of=2):
                continue
            foreign, absent = (walker.visit(who, method, each) for each in (far, none))
            if bare(foreign) != bare(absent):
                wrong.append(f"{name} {method} {who}: the foreign differs from what does not exist")
            if foreign.status_code < 400:
                wrong.append(f"{name} {method} {who}: the foreign is open")
    for name, known in methods.items():
        usual = METHODS if path_of(name, here.near).startswith("/api/v1/") else METHODS[:2]
        for method in set(usual) - known:
            for who in ("hugo", "reto"):
                found = walker.outcome(who, method, path_of(name, here.near))
                if found not in {"403", "404", "405"}:
                    wrong.append(f"{name} {method} {who}: {found}, and no line says so")
    assert not wrong, "\n".join(wrong)
    assert not walker.lacking, "\n".join(walker.lacking)

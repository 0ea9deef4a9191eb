"""The lines of `test_doors` for the ways in, user management, reviews, readings, proofs, bills, cost guarantees, plans, requests, decisions, imports and the viewer."""

DOORS_IN = """\
account_change_password                  GET    login factor factor rest
account_change_password                  POST   login factor factor rest
account_login                            GET    200   factor 302 rest
account_login                            POST   200   factor 302 rest
account_logout                           GET    login 200    200 rest
account_logout                           POST   login login  login rest
account_reauthenticate                   GET    login 200    factor rest
account_reauthenticate                   POST   login 200    factor rest
account_reset_password                   GET    200   factor 200 rest
account_reset_password                   POST   200   factor 200 rest
account_reset_password_done              GET    200   factor 200 rest
account_reset_password_from_key          GET    200   factor 200 rest
account_reset_password_from_key          POST   200   factor 200 rest
account_reset_password_from_key_done     GET    200   factor 200 rest
account_return                           GET    login factor 302 rest
account_session                          GET    login factor 204 rest
account_suspicion                        POST   login factor 200 rest
claims_files:api-core-arrival-list       GET    403   403    200 reto sacha · 403 rest
claims_files:api-core-batch              POST   403   403    403 rest
claims_files:api-core-decision           PUT    403   403    403 rest
claims_files:api-core-number             PUT    403   403    403 rest
claims_files:api-core-statement          PUT    403   403    403 rest
claims_files:core_journal                GET    login factor 200 reto sacha · 403 rest
claims_files:decisions                   GET    login factor 403 reto · 200 hugo nadia fiona pauline · 404 rest
claims_files:leave_unclear               GET    login factor 200 pauline · 403 hugo nadia fiona reto · 404 rest
claims_files:leave_unclear               POST   login factor 422 pauline · 403 hugo nadia fiona reto · 404 rest
claims_files:revise                      GET    login factor 302 pauline · 403 hugo nadia fiona reto · 404 rest
claims_files:revise                      POST   login factor 422 pauline · 403 hugo nadia fiona reto · 404 rest
claims_files:duplicate                   GET    login factor 200 pauline · 403 hugo nadia fiona reto · 404 rest
claims_files:duplicate                   POST   login factor 422 pauline · 403 hugo nadia fiona reto · 404 rest
claims_files:hand_over                   GET    login factor 200 pauline · 403 hugo nadia fiona reto · 404 rest
claims_files:hand_over                   POST   login factor 422 pauline · 403 hugo nadia fiona reto · 404 rest
claims_files:relapse                     GET    login factor 200 pauline · 403 hugo nadia fiona reto · 404 rest
claims_files:relapse                     POST   login factor 422 pauline · 403 hugo nadia fiona reto · 404 rest
claims_files:covers                      POST   login factor 403 hugo nadia fiona reto · 404 rest
claims_files:api-leave-unclear           POST   403   403    200 pauline · 403 hugo nadia fiona reto · 404 rest
claims_files:api-revise                  POST   403   403    403 hugo nadia fiona reto · 404 rest
claims_files:api-add-insurance           POST   403   403    403 hugo nadia fiona reto · 404 rest
claims_files:api-remove-insurance        POST   403   403    403 hugo nadia fiona reto · 404 rest
claims_files:api-duplicate               POST   403   403    400 pauline · 403 hugo nadia fiona reto · 404 rest
claims_files:api-hand-over               POST   403   403    200 pauline · 403 hugo nadia fiona reto · 404 rest
claims_files:api-relapse                 POST   403   403    409 pauline · 403 hugo nadia fiona reto · 404 rest
claims_files:request_paper               GET    login factor 200 pauline · 403 hugo nadia fiona reto · 404 rest
claims_files:request_paper               POST   login factor 422 pauline · 403 hugo nadia fiona reto · 404 rest
claims_files:api-calendar                DELETE 403   403    409 rest
claims_files:api-calendar                GET    403   403    200 rest
claims_files:api-calendar                POST   403   403    403 rest
claims_files:api-contract-rule-list      GET    403   403    200 rest
claims_files:api-contract-rule-list      POST   403   403    400 rest
claims_files:api-deadline-done           POST   403   403    409 pauline · 403 hugo nadia fiona · 404 rest
claims_files:api-deadline-list           GET    403   403    200 rest
claims_files:api-reassign                POST   403   403    400 pauline · 403 hugo nadia fiona reto · 404 rest
claims_files:api-together                POST   403   403    400 pauline · 403 rest
claims_files:api-view-detail             DELETE 403   403    404 rest
claims_files:api-view-list               GET    403   403    200 rest
claims_files:api-view-list               POST   403   403    400 pauline · 403 rest
claims_files:calendar                    GET    login factor 200 rest
claims_files:contract_rules              GET    login factor 404 sonia nadia jonas bruno elena zoe · 200 rest
claims_files:contract_rules              POST   login factor 422 reto · 404 sonia nadia jonas bruno elena zoe · 403 rest
claims_files:deadlines                   GET    login factor 403 claire felix bruno reto sacha zoe · 200 rest
claims_files:end_calendar                POST   login factor 409 rest
claims_files:feed                        GET    404   factor 404 rest
claims_files:finish_deadline             POST   login factor 409 pauline · 403 hugo nadia fiona reto · 404 rest
claims_files:reassign                    GET    login factor 200 pauline · 403 hugo nadia fiona reto · 404 rest
claims_files:reassign                    POST   login factor 422 pauline · 403 hugo nadia fiona reto · 404 rest
claims_files:new_calendar                GET    login factor factor rest
claims_files:new_calendar                POST   login factor factor rest
claims_files:portfolio                   GET    login factor 200 pauline · 403 rest
claims_files:remove_view                 POST   login factor 404 rest
claims_files:together                    GET    login factor 200 pauline · 403 rest
claims_files:together                    POST   login factor 422 pauline · 403 rest
claims_files:views                       GET    login factor 200 pauline · 403 rest
claims_files:views                       POST   login factor 200 pauline · 403 rest
claims_files:answer_paper                GET    login factor 200 pauline · 403 hugo nadia fiona reto · 404 rest
claims_files:answer_paper                POST   login factor 422 pauline · 403 hugo nadia fiona reto · 404 rest
claims_files:api-reopen-paper            POST   403   403    403 reto · 404 rest
claims_files:reopen_paper                POST   login factor 409 pauline · 403 hugo nadia fiona reto · 404 rest
claims_files:seen                        POST   login factor 409 pauline · 403 hugo nadia fiona reto · 404 rest
claims_files:api-remind                  POST   403   403    403 hugo nadia fiona reto · 409 pauline · 404 rest
claims_files:remind                      POST   login factor 409 pauline · 403 hugo nadia fiona reto · 404 rest
claims_files:settle                      POST   login factor 302 pauline · 403 hugo nadia fiona reto · 404 rest
claims_files:add_bill_papers             GET    login factor 200 nadia · 403 pauline · 404 rest
claims_files:add_bill_papers             POST   login factor 422 nadia · 403 pauline · 404 rest
claims_files:api-bill-ask                POST   403   403    403 nadia · 400 pauline · 404 rest
claims_files:api-bill-correct            POST   403   403    403 nadia · 400 pauline · 404 rest
claims_files:api-bill-earlier            GET    403   403    403 nadia · 200 pauline · 404 rest
claims_files:correct_bill                GET    login factor 403 nadia · 200 pauline · 404 rest
claims_files:correct_bill                POST   login factor 403 nadia · 422 pauline · 404 rest
claims_files:api-bill-detail             GET    403   403    200 nadia pauline · 404 rest
claims_files:api-bill-list               GET    403   403    200 rest
claims_files:api-bill-list               POST   403   403    400 rest
claims_files:api-bill-papers             POST   403   403    400 nadia · 403 pauline · 404 rest
claims_files:api-bill-process            POST   403   403    403 nadia · 400 pauline · 404 rest
claims_files:api-bill-take               POST   403   403    403 nadia · 200 pauline · 404 rest
claims_files:api-bill-withdraw           POST   403   403    200 nadia · 403 pauline · 404 rest
claims_files:add_guarantee_papers        GET    login factor 200 nadia pauline · 404 rest
claims_files:add_guarantee_papers        POST   login factor 422 nadia pauline · 404 rest
claims_files:answer_guarantee            GET    login factor 403 nadia · 200 pauline · 404 rest
claims_files:answer_guarantee            POST   login factor 403 nadia · 422 pauline · 404 rest
claims_files:ask_guarantee               GET    login factor 403 nadia · 200 pauline · 404 rest
claims_files:ask_guarantee               POST   login factor 403 nadia · 422 pauline · 404 rest
claims_files:api-guarantee-answer        POST   403   403    403 nadia · 400 pauline · 404 rest
claims_files:api-guarantee-ask           POST   403   403    403 nadia · 400 pauline · 404 rest
claims_files:api-guarantee-detail        GET    403   403    200 nadia pauline · 404 rest
claims_files:api-guarantee-list          GET    403   403    200 rest
claims_files:api-guarantee-list          POST   403   403    400 rest
claims_files:api-guarantee-papers        POST   403   403    400 nadia pauline · 404 rest
claims_files:api-guarantee-withdraw      POST   403   403    200 nadia · 403 pauline · 404 rest
claims_files:guarantee                   GET    login factor 200 nadia pauline · 404 rest
claims_files:guarantees                  GET    login factor 200 nadia jonas elena pauline · 403 rest
claims_files:new_guarantee               GET    login factor 200 nadia pauline · 403 hugo fiona reto · 404 rest
claims_files:new_guarantee               POST   login factor 422 nadia pauline · 403 hugo fiona reto · 404 rest
claims_files:withdraw_guarantee          GET    login factor 200 nadia · 403 pauline · 404 rest
claims_files:withdraw_guarantee          POST   login factor 302 nadia · 403 pauline · 404 rest
claims_files:agree_plan                  POST   login factor 409 hugo nadia fiona · 403 pauline reto · 404 rest
claims_files:api-agree-return-plan       POST   403   403    200 hugo nadia fiona · 403 pauline reto · 404 rest
claims_files:api-propose-return-plan     POST   403   403    201 hugo fiona pauline · 403 nadia reto · 404 rest
claims_files:api-return-plans            GET    403   403    200 hugo nadia fiona pauline · 403 reto · 404 rest
claims_files:change_plan                 GET    login factor 200 hugo fiona pauline · 403 nadia reto · 404 rest
claims_files:change_plan                 POST   login factor 409 hugo fiona pauline · 403 nadia reto · 404 rest
claims_files:plan_pdf                    GET    login factor 200 hugo nadia fiona pauline · 403 reto · 404 rest
claims_files:ask_bill                    GET    login factor 403 nadia · 200 pauline · 404 rest
claims_files:ask_bill                    POST   login factor 403 nadia · 422 pauline · 404 rest
claims_files:bill                        GET    login factor 200 nadia pauline · 404 rest
claims_files:bills                       GET    login factor 200 nadia jonas elena pauline · 403 rest
claims_files:new_bill                    GET    login factor 200 nadia jonas elena · 403 rest
claims_files:new_bill                    POST   login factor 422 nadia jonas elena · 403 rest
claims_files:process_bill                GET    login factor 403 nadia · 200 pauline · 404 rest
claims_files:process_bill                POST   login factor 403 nadia · 422 pauline · 404 rest
claims_files:adjust_statement            GET    login factor 200 pauline · 403 hugo nadia fiona · 404 rest
claims_files:adjust_statement            POST   login factor 422 pauline · 403 hugo nadia fiona · 404 rest
claims_files:api-advances                POST   403   403    201 hugo fiona · 403 nadia pauline reto · 404 rest
claims_files:api-benefits                GET    403   403    200 hugo nadia fiona pauline · 403 reto · 404 rest
claims_files:api-statement-adjust        POST   403   403    400 pauline · 403 hugo nadia fiona · 404 rest
claims_files:api-statement-detail        DELETE 403   403    409 pauline · 403 hugo nadia fiona · 404 rest
claims_files:api-statement-detail        GET    403   403    200 hugo nadia fiona pauline · 404 rest
claims_files:api-statement-drop-adjustment POST 403   403    400 pauline · 403 hugo nadia fiona · 404 rest
claims_files:api-statement-export        GET    403   403    200 hugo fiona · 403 rest
claims_files:api-statement-issue         POST   403   403    409 pauline · 403 hugo nadia fiona · 404 rest
claims_files:api-statement-list          GET    403   403    200 rest
claims_files:api-statement-list          POST   403   403    400 rest
claims_files:api-wage-types              GET    403   403    200 hugo fiona · 404 bruno elena zoe · 403 rest
claims_files:api-wage-types              PATCH  403   403    200 hugo fiona · 404 bruno elena zoe · 403 rest
claims_files:case_statements             GET    login factor 200 hugo nadia fiona pauline · 403 reto · 404 rest
claims_files:discard_statement           POST   login factor 409 pauline · 403 hugo nadia fiona · 404 rest
claims_files:drop_adjustment             POST   login factor 409 pauline · 403 hugo nadia fiona · 404 rest
claims_files:export_statements           GET    login factor 200 hugo fiona · 403 rest
claims_files:issue_statement             POST   login factor 409 pauline · 403 hugo nadia fiona · 404 rest
claims_files:new_statement               GET    login factor 200 pauline · 403 hugo nadia fiona reto · 404 rest
claims_files:new_statement               POST   login factor 422 pauline · 403 hugo nadia fiona reto · 404 rest
claims_files:note_advance                GET    login factor 200 hugo fiona · 403 nadia pauline reto · 404 rest
claims_files:note_advance                POST   login factor 422 hugo fiona · 403 nadia pauline reto · 404 rest
claims_files:statement                   GET    login factor 200 hugo nadia fiona pauline · 404 rest
claims_files:api-statement-explained     GET    403   403    200 hugo nadia fiona pauline · 404 rest
claims_files:explain_statement           GET    login factor 200 hugo nadia fiona pauline · 404 rest
claims_files:statement_pdf               GET    login factor 200 hugo nadia fiona pauline · 404 rest
claims_files:statements                  GET    login factor 403 claire felix bruno reto sacha zoe · 200 rest
claims_files:wage_types                  GET    login factor 200 hugo fiona · 404 bruno elena zoe · 403 rest
claims_files:wage_types                  POST   login factor 302 hugo fiona · 404 bruno elena zoe · 403 rest
claims_files:take_bill                   POST   login factor 403 nadia · 302 pauline · 404 rest
claims_files:withdraw_bill               GET    login factor 200 nadia · 403 pauline · 404 rest
claims_files:withdraw_bill               POST   login factor 302 nadia · 403 pauline · 404 rest
access-request-withdraw                  POST   403   403    404 rest
further_areas                            GET    login factor 200 rest
further_areas                            POST   login factor 200 rest
access-review-detail                     GET    403   403    200 claire reto sacha · 404 rest
access-review-keep-role                  POST   403   403    403 sacha · 200 claire reto · 404 rest
access-review-list                       GET    403   403    200 claire bruno reto sacha · 403 rest
access-review-report                     GET    403   403    404 rest
user-sees                                GET    403   403    200 claire reto sacha · 404 rest
users:end_viewing                        POST   login factor 302 rest
users:sees                               GET    login factor 200 claire reto sacha · 404 rest
users:view_as                            GET    login factor 200 claire reto sacha · 404 rest
users:view_as                            POST   login factor 200 claire reto sacha · 404 rest
users:viewings                           GET    login factor 200 rest
users:who                                GET    login factor 403 reto · 200 hugo nadia fiona pauline · 404 rest
viewing-detail                           GET    403   403    200 claire reto sacha · 404 rest
viewing-list                             GET    403   403    200 rest
who-can-see                              GET    403   403    403 reto · 200 hugo nadia fiona pauline · 404 rest
activations                              POST   400   403    400 rest
deputy-confirm                           POST   403   403    403 sacha · 200 claire reto · 404 rest
deputy-detail                            GET    403   403    200 claire hugo reto sacha · 404 rest
deputy-end                               POST   403   403    403 sacha · 200 claire hugo reto · 404 rest
deputy-list                              GET    403   403    200 rest
deputy-list                              POST   403   403    400 rest
management-request-confirm               POST   403   403    403 claire reto · 200 sacha · 404 rest
management-request-decline               POST   403   403    403 claire · 200 reto sacha · 404 rest
management-request-detail                GET    403   403    200 claire reto sacha · 404 rest
management-request-list                  GET    403   403    200 rest
management-request-list                  POST   403   403    400 rest
users:answer_management                  POST   login factor 403 claire · 302 reto sacha · 404 rest
users:ask_management                     GET    login factor 403 sacha · 200 claire reto · 404 rest
users:ask_management                     POST   login factor 403 sacha · 302 claire reto · 404 rest
users:confirm_deputy                     POST   login factor 403 sacha · 302 claire reto · 404 rest
users:deputies                           GET    login factor 200 rest
users:deputies                           POST   login factor 200 rest
users:end_deputy                         GET    login factor 403 sacha · 200 claire hugo reto · 404 rest
users:end_deputy                         POST   login factor 403 sacha · 302 claire hugo reto · 404 rest
users:name_deputy                        GET    login factor 200 claire bruno reto sacha · 403 rest
users:name_deputy                        POST   login factor 200 claire bruno reto sacha · 403 rest
users:propose_deputy                     GET    login factor 302 nadia jonas elena zoe · 200 rest
users:propose_deputy                     POST   login factor 302 nadia jonas elena zoe · 200 rest
admin:index                              GET    login factor 200 sacha · 404 rest
admin:index                              POST   login factor 200 sacha · 404 rest
admin:permissions_presetlabel_add        GET    login factor 200 sacha · 404 rest
admin:permissions_presetlabel_add        POST   login factor 422 sacha · 404 rest
admin:permissions_presetlabel_change     GET    login factor 200 sacha · 404 rest
admin:permissions_presetlabel_change     POST   login factor 422 sacha · 404 rest
admin:permissions_presetlabel_changelist GET    login factor 200 sacha · 404 rest
admin:permissions_presetlabel_changelist POST   login factor 200 sacha · 404 rest
admin:permissions_presetlabel_delete     GET    login factor 200 sacha · 404 rest
admin:permissions_presetlabel_delete     POST   login factor 200 sacha · 404 rest
admin:users_reviewsettings_changelist    GET    login factor 200 sacha · 404 rest
admin:users_reviewsettings_changelist    POST   login factor 422 sacha · 404 rest
bulk-invitation                          DELETE 403   403    204 claire · 404 bruno reto · 403 rest
bulk-invitation                          GET    403   403    200 claire · 404 bruno reto · 403 rest
bulk-invitation-send                     POST   403   403    400 claire · 404 bruno reto · 403 rest
bulk-invitations                         POST   403   403    400 claire bruno reto · 403 rest
me-contract-confirmation                 GET    403   403    200 nadia · 404 rest
me-contracts                             GET    403   403    200 rest
registration-link-detail                 GET    403   403    200 reto · 404 rest
registration-link-list                   GET    403   403    200 reto · 403 rest
registration-link-list                   POST   403   403    400 reto · 403 rest
registrations                            POST   400   403    400 rest
registrations-by-link                    POST   400   403    400 rest
registrations-confirm                    POST   400   403    400 rest
registrations-renew                      POST   400   403    400 rest
registrations-renew-link                 POST   400   403    400 rest
reviewed-right-confirm                   POST   403   403    403 sacha · 409 claire reto · 404 rest
reviewed-right-detail                    GET    403   403    200 claire reto sacha · 404 rest
reviewed-right-drop                      POST   403   403    403 sacha · 409 claire reto · 404 rest
reviewed-right-hand-on                   POST   403   403    403 sacha · 409 claire reto · 404 rest
reviewed-right-list                      GET    403   403    200 claire bruno reto sacha · 403 rest
users:contract_confirmation              GET    login factor 200 nadia · 404 rest
users:give_access                        GET    login factor 403 sacha · 200 claire reto · 404 rest
users:give_access                        POST   login factor 403 sacha · 200 claire reto · 404 rest
users:open_claim                         GET    login factor 403 hugo nadia fiona pauline reto · 404 rest
users:open_claim                         POST   login factor 403 hugo nadia fiona pauline reto · 404 rest
user-export                              GET    403   403    200 claire bruno reto sacha · 403 rest
users:bulk                               GET    login factor 200 claire bruno reto · 403 rest
users:bulk                               POST   login factor 422 claire bruno reto · 403 rest
users:bulk_discard                       POST   login factor 302 claire · 404 bruno reto · 403 rest
users:bulk_list                          GET    login factor 200 claire · 404 bruno reto · 403 rest
users:bulk_list                          POST   login factor 409 claire · 404 bruno reto · 403 rest
users:bulk_template                      GET    login factor 200 claire bruno reto · 403 rest
users:export                             GET    login factor 200 claire bruno reto sacha · 403 rest
users:order_puk_for                      GET    login factor 200 reto · 403 claire sacha · 404 rest
users:order_puk_for                      POST   login factor 302 reto · 403 claire sacha · 404 rest
users:person                             GET    login factor 200 claire reto sacha · 404 rest
users:preview_change                     POST   login factor 403 sacha · 200 claire reto · 404 rest
users:register_by_link                   GET    404   factor 404 rest
users:register_by_link                   POST   404   factor 404 rest
users:release_letter                     POST   login factor 409 reto · 403 claire hugo sonia felix nadia jonas fiona pauline sacha · 404 rest
users:review                             GET    login factor 200 claire reto sacha · 404 rest
users:review                             POST   login factor 403 sacha · 302 claire reto · 404 rest
users:review_report                      GET    login factor 404 rest
users:reviews                            GET    login factor 200 claire bruno reto sacha · 403 rest
users:send_registration_link             GET    login factor 409 reto · 403 claire hugo nadia fiona pauline · 404 rest
users:send_registration_link             POST   login factor 409 reto · 403 claire hugo nadia fiona pauline · 404 rest
activity_check                           GET    login factor 200 sacha · 403 rest
activity_export                          GET    login factor 200 claire bruno reto sacha · 403 rest
audit-check-detail                       GET    403   403    200 sacha · 404 rest
audit-check-list                         GET    403   403    200 sacha · 403 rest
audit-check-list                         POST   403   403    201 sacha · 403 rest
claims_files:api-opening-list            GET    403   403    200 nadia jonas elena · 403 rest
claims_files:api-change-incapacity       POST   403   403    201 hugo nadia fiona pauline · 403 reto · 404 rest
claims_files:change_incapacity           GET    login factor 200 hugo nadia fiona pauline · 403 reto · 404 rest
claims_files:change_incapacity           POST   login factor 409 hugo nadia fiona pauline · 403 reto · 404 rest
claims_files:absences                    GET    login factor 200 claire hugo sonia bruno · 403 rest
claims_files:api-absences                GET    403   403    200 claire hugo sonia · 404 bruno · 403 rest
claims_files:own_readers                 GET    login factor 200 nadia jonas elena · 403 rest
claims_files:readers                     GET    login factor 200 nadia · 403 hugo fiona reto pauline · 404 rest
declarations:api-kind                    POST   403   403    400 hugo fiona · 404 rest
declarations:amend                       GET    login factor 409 hugo fiona · 404 rest
declarations:amend_part                  GET    login factor 409 hugo fiona · 404 rest
declarations:amend_part                  POST   login factor 409 hugo fiona · 404 rest
declarations:api-amend                   POST   403   403    409 hugo fiona · 404 rest
declarations:api-copy                    POST   403   403    201 hugo fiona · 404 rest
declarations:api-copy@private            POST   403   403    201 nadia · 404 rest
declarations:api-withdraw                POST   403   403    409 hugo fiona · 404 rest
declarations:copy                        POST   login factor 302 hugo fiona · 404 rest
declarations:copy@private                POST   login factor 302 nadia · 404 rest
declarations:of_claim                    GET    login factor 404 rest
declarations:withdraw                    GET    login factor 409 hugo fiona · 404 rest
declarations:withdraw                    POST   login factor 409 hugo fiona · 404 rest
declarations:api-proof                   GET    403   403    409 hugo fiona · 404 rest
declarations:kind                        GET    login factor 200 hugo fiona · 404 rest
declarations:kind                        POST   login factor 422 hugo fiona · 404 rest
declarations:api-way                     POST   403   403    200 hugo fiona · 404 rest
declarations:question                    GET    login factor 200 hugo fiona · 404 rest
declarations:question                    POST   login factor 422 hugo fiona · 404 rest
declarations:question@private            GET    login factor 200 nadia · 404 rest
declarations:way                         POST   login factor 302 hugo fiona · 404 rest
declarations:kind@private                POST   login factor 422 nadia · 404 rest
declarations:proof                       GET    login factor 409 hugo fiona · 404 rest
declarations:api-ask-own-part            POST   403   403    200 hugo fiona · 404 rest
declarations:api-hand-over               POST   403   403    409 hugo fiona · 404 rest
declarations:api-hand-over@private       POST   403   403    200 nadia · 404 rest
declarations:api-own-part-detail         GET    403   403    200 nadia · 404 rest
declarations:api-own-part-detail         PATCH  403   403    400 nadia · 404 rest
declarations:api-own-part-list           GET    403   403    200 rest
declarations:api-own-part-list           POST   403   403    400 rest
declarations:api-own-part-proof          GET    403   403    409 nadia · 404 rest
declarations:api-own-part-receipt        GET    403   403    409 nadia · 404 rest
declarations:api-own-part-release        POST   403   403    403 nadia · 404 rest
declarations:api-own-part-release-text   POST   403   403    200 nadia · 404 rest
declarations:api-own-part-send           POST   403   403    400 nadia · 404 rest
declarations:api-own-part-withdraw-release POST 403   403    409 nadia · 404 rest
declarations:ask_own_part                GET    login factor 302 hugo fiona · 404 rest
declarations:ask_own_part                POST   login factor 302 hugo fiona · 404 rest
declarations:begin_own_part              POST   login factor 404 rest
declarations:begin_own_part@private      POST   login factor 302 nadia · 404 rest
declarations:hand_over                   GET    login factor 404 rest
declarations:hand_over                   POST   login factor 409 hugo fiona · 404 rest
declarations:hand_over@private           GET    login factor 200 nadia · 404 rest
declarations:hand_over@private           POST   login factor 302 nadia · 404 rest
declarations:own_part                    GET    login factor 200 nadia · 404 rest
declarations:own_part_pdf                GET    login factor 409 nadia · 404 rest
declarations:own_part_proof              GET    login factor 409 nadia · 404 rest
declarations:own_part_questions          GET    login factor 200 nadia · 404 rest
declarations:own_part_questions          POST   login factor 422 nadia · 404 rest
declarations:own_parts                   GET    login factor 200 nadia jonas elena · 403 rest
declarations:release                     GET    login factor factor nadia · 404 rest
declarations:release                     POST   login factor factor nadia · 404 rest
declarations:send_own_part               POST   login factor 422 nadia · 404 rest
declarations:withdraw_release            GET    login factor 302 nadia · 404 rest
declarations:withdraw_release            POST   login factor 409 nadia · 404 rest
verification                             GET    login factor 200 sacha · 403 rest
verification                             POST   login factor 302 sacha · 403 rest
waiting-letter-detail                    GET    403   403    200 reto · 404 rest
waiting-letter-list                      GET    403   403    200 reto · 403 rest
waiting-letter-release                   POST   403   403    400 reto · 403 rest
users:withdraw_request                   POST   login factor 404 rest
companies:api-import                     GET    403   403    200 hugo · 404 rest
companies:api-import                     DELETE 403   403    204 hugo · 404 rest
companies:api-import-bring               POST   403   403    400 hugo reto · 403 rest
companies:api-import-confirm             POST   403   403    409 hugo · 404 rest
companies:export                         GET    login factor 403 felix sacha zoe · 200 rest
companies:import                         GET    login factor 200 hugo reto · 404 bruno elena zoe · 403 rest
companies:import                         POST   login factor 422 hugo reto · 404 bruno elena zoe · 403 rest
companies:import_choose                  GET    login factor 302 hugo · 200 reto · 403 rest
companies:import_discard                 POST   login factor 302 hugo · 404 rest
companies:import_faults                  GET    login factor 200 hugo · 404 rest
companies:import_table                   GET    login factor 200 hugo · 404 rest
companies:import_table                   POST   login factor 409 hugo · 404 rest
companies:import_template                GET    login factor 200 hugo reto · 403 rest
claims_files:export                      GET    login factor 403 claire felix bruno reto sacha zoe · 200 rest
declarations:api-import                  GET    403   403    200 hugo · 404 rest
declarations:api-import                  DELETE 403   403    204 hugo · 404 rest
declarations:api-import-bring            POST   403   403    400 hugo sonia fiona · 403 rest
declarations:api-import-confirm          POST   403   403    409 hugo · 404 rest
declarations:import                      GET    login factor 200 hugo sonia fiona · 404 bruno elena zoe · 403 rest
declarations:import                      POST   login factor 422 hugo sonia fiona · 404 bruno elena zoe · 403 rest
declarations:import_choose               GET    login factor 302 hugo sonia · 200 fiona · 403 rest
declarations:import_discard              POST   login factor 302 hugo · 404 rest
declarations:import_faults               GET    login factor 200 hugo · 404 rest
declarations:import_table                GET    login factor 200 hugo · 404 rest
declarations:import_table                POST   login factor 409 hugo · 404 rest
declarations:import_template             GET    login factor 200 hugo sonia fiona · 403 rest
companies:api-person-export              GET    403   403    403 felix sacha zoe · 200 rest
claims_files:api-export                  GET    403   403    403 claire felix bruno reto sacha zoe · 200 rest
documents:photo_queue                    GET    login factor 200 rest
documents:worker                         GET    200   factor 200 rest
documents:api-picture                    GET    403   403    200 hugo nadia fiona pauline · 404 rest
documents:api-picture@medical            GET    403   403    200 nadia pauline · 404 rest
documents:api-thumbnail                  GET    403   403    200 hugo nadia fiona pauline · 404 rest
documents:api-thumbnail@medical          GET    403   403    200 nadia pauline · 404 rest
documents:document                       GET    login factor 200 hugo nadia fiona pauline · 404 rest
documents:document@medical               GET    login factor 200 nadia pauline · 404 rest
documents:page_picture                   GET    login factor 200 hugo nadia fiona pauline · 404 rest
documents:page_picture@medical           GET    login factor 200 nadia pauline · 404 rest
documents:thumbnail                      GET    login factor 200 hugo nadia fiona pauline · 404 rest
documents:thumbnail@medical              GET    login factor 200 nadia pauline · 404 rest
documents:api-held-detail                GET    403   403    404 rest
documents:api-merge                      GET    403   403    200 pauline · 404 rest
documents:api-merges                     POST   403   403    403 hugo nadia fiona · 400 pauline · 404 rest
documents:merge                          GET    login factor 403 hugo nadia fiona · 200 pauline · 404 rest
documents:merge                          POST   login factor 403 hugo nadia fiona · 422 pauline · 404 rest
documents:merged                         GET    login factor 200 pauline · 404 rest
admin:claims_files_requesttemplate_add   GET    login factor 200 sacha · 404 rest
admin:claims_files_requesttemplate_add   POST   login factor 422 sacha · 404 rest
admin:claims_files_requesttemplate_change GET    login factor 200 sacha · 404 rest
admin:claims_files_requesttemplate_change POST   login factor 422 sacha · 404 rest
admin:claims_files_requesttemplate_changelist GET    login factor 200 sacha · 404 rest
admin:claims_files_requesttemplate_changelist POST   login factor 200 sacha · 404 rest
claims_files:api-bill-plain-words        GET    403   403    200 nadia pauline · 404 rest
claims_files:api-certificates            GET    403   403    403 reto · 200 hugo nadia fiona pauline · 404 rest
claims_files:api-confirm-certificate     POST   403   403    403 reto · 404 rest
claims_files:api-drop-certificate        POST   403   403    403 reto · 404 rest
claims_files:api-enter-certificate       POST   403   403    201 hugo nadia fiona pauline · 403 reto · 404 rest
claims_files:api-plain-words             GET    403   403    404 rest
claims_files:api-remind-papers           POST   403   403    200 pauline · 403 hugo nadia fiona reto · 404 rest
claims_files:api-request-from-template   POST   403   403    403 hugo nadia fiona reto · 404 rest
claims_files:api-request-templates       GET    403   403    200 pauline · 403 hugo nadia fiona reto · 404 rest
claims_files:api-term-import             GET    403   403    200 sacha · 404 rest
claims_files:api-term-import             DELETE 403   403    204 sacha · 404 rest
claims_files:api-term-import-bring       POST   403   403    400 sacha · 403 rest
claims_files:api-term-import-confirm     POST   403   403    409 sacha · 404 rest
claims_files:confirm_certificate         POST   login factor 302 pauline · 403 hugo nadia fiona reto · 404 rest
claims_files:drop_certificate            POST   login factor 302 hugo pauline · 403 nadia fiona reto · 404 rest
claims_files:enter_certificate           GET    login factor 200 hugo nadia fiona pauline · 403 reto · 404 rest
claims_files:enter_certificate           POST   login factor 422 hugo nadia fiona pauline · 403 reto · 404 rest
claims_files:plain_words                 GET    login factor 200 rest
claims_files:remind_papers               POST   login factor 302 pauline · 403 hugo nadia fiona reto · 404 rest
claims_files:request_from_template       POST   login factor 302 pauline · 403 hugo nadia fiona reto · 404 rest
claims_files:term_import                 GET    login factor 200 sacha · 403 rest
claims_files:term_import                 POST   login factor 422 sacha · 403 rest
claims_files:term_import_discard         POST   login factor 302 sacha · 404 rest
claims_files:term_import_faults          GET    login factor 200 sacha · 404 rest
claims_files:term_import_table           GET    login factor 200 sacha · 404 rest
claims_files:term_import_table           POST   login factor 409 sacha · 404 rest
claims_files:term_import_template        GET    login factor 200 sacha · 403 rest
documents:api-split                      POST   403   403    403 hugo nadia fiona · 409 pauline · 404 rest
documents:split                          GET    login factor 403 hugo nadia fiona · 200 pauline · 404 rest
documents:split                          POST   login factor 403 hugo nadia fiona · 200 pauline · 404 rest
"""

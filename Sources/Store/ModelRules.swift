package import Identity

/// The rules that the database enforces, by the name of the constraint that does, in words for people.
///
/// `Migrations/` is the authority. Stores without a database refuse with the same words.
package enum ModelRules {
    /// Constraints of which a broken one means that somebody else has the value, and the field that they have.
    package static let uniqueFields = [
        "users_username_key": "username",
        "users_email_normalized_key": "email",
        "plants_code_key": "code",
        "user_identities_provider_subject_key": "identity",
    ]

    /// What a broken CHECK constraint or a trigger's refusal means.
    package static let texts = [
        "users_username_or_email": "A user needs a username, an email address or both.",
        "users_username_length": "A username has 3 to 50 characters.",
        "users_username_unambiguous": "A username must not have an @ or the form of an id.",
        "users_email_form": "An email address has an @ after its first character.",
        "users_verified_email_exists": "Without an email address there is nothing verified.",
        "users_password_hash_not_empty": "A password hash is not empty; without a password it is left out.",
        "users_roles_are_strings": "Global roles are a list of texts.",
        "users_deleted_not_active": "A deleted user cannot be active.",
        "users_restore_first": "A deleted user must be restored before their status can change.",
        "users_status_transition":
            "A suspended user cannot go back to pending verification: activate them instead.",
        "users_password_must_change_exists": "Without a password there is none to change.",
        "verification_tokens_email_proved": "A link proves the address that it was sent to.",
        "verification_tokens_times_in_order": "A link ends after it was made.",
        "user_identities_provider_form": "A provider has a name of small letters, digits, - and _.",
        "user_identities_subject_not_empty": "Who somebody is at a provider is not empty.",
        "invitations_email_form": "An email address has an @ after its first character.",
        "plants_code_form":
            "A plant's code has letters, digits, - and _, does not begin with -, and is not digits alone.",
        "plants_name_not_empty": "A plant's name is not empty.",
        "user_sessions_method_not_empty": "A session says how the person signed in.",
        "user_sessions_factors_range": "A session has 0 to 10 factors.",
        "user_sessions_times_in_order": "A session ends after it begins.",
        "user_sessions_revoked_for_good": "A session that has been revoked stays revoked.",
        "user_sessions_user_for_good": "A session belongs to one user for good.",
        "api_tokens_name_not_empty": "An API token has a name.",
        "api_tokens_times_in_order": "An API token ends after it begins.",
        "api_tokens_revoked_for_good": "An API token that has been revoked stays revoked.",
        "api_tokens_fixed": "An API token stays what it was made for.",
        "session_tokens_host_form": "A host is in lower case and not empty.",
        "sign_in_tickets_host_form": "A host is in lower case and not empty.",
        "audit_log_event_not_empty": "An audit event has a name.",
        "audit_log_append_only": "The audit log is append-only.",
        "outbox_recipient_form": "A mail goes to an address: with an @ after its first character, and on one line.",
        "assertion_keys_id_form": "An assertion key is called by its thumbprint.",
        "assertion_keys_sealing_key_id_form": "A sealing key is called by 12 digits of base64url.",
        "assertion_keys_private_key_is_sealed": "A private key is stored sealed.",
        "assertion_keys_fixed": "A key stays what it is; only what seals it changes.",
        "outbox_end_is_final": "A mail that was sent or given up stays so.",
    ]

    /// The refusal of one rule.
    package static func refusal(_ constraint: String) -> StoreError {
        .refused(texts[constraint] ?? "The data model refuses this (\(constraint)).")
    }

    /// A session of somebody who may not sign in would open nothing.
    package static let inactiveUserHasNoSessions = StoreError.refused(
        "This user is not active, so no session can begin.")
    package static let inactiveUserHasNoAPITokens = StoreError.refused(
        "This user is not active, so an API token of theirs would open nothing.")
    package static func tooManyAPITokens(_ liveMax: Int) -> StoreError {
        .refused("A user has at most \(liveMax) live API tokens. Revoke one that is not needed any more.")
    }
    package static let notDeleted = StoreError.refused("This user is not deleted.")
}

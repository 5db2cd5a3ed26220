import Identity

/// The templates that come with the program: two languages, each with a text and a page for every kind of mail.
enum ShippedTemplates {
    struct Key: Hashable {
        let kind: MailEvent.Kind
        let language: String

        init(_ kind: MailEvent.Kind, _ language: String) {
            self.kind = kind
            self.language = language
        }
    }

    struct Source {
        let text: [UInt8]
        let html: [UInt8]
    }

    static var layout: String { String(decoding: PackageResources.layout_html_mustache, as: UTF8.self) }

    static let all: [Key: Source] = [
        Key(.verifyEmail, "en"): Source(
            text: PackageResources.verify_email_en_txt_mustache, html: PackageResources.verify_email_en_html_mustache),
        Key(.verifyEmail, "de"): Source(
            text: PackageResources.verify_email_de_txt_mustache, html: PackageResources.verify_email_de_html_mustache),
        Key(.alreadyRegistered, "en"): Source(
            text: PackageResources.already_registered_en_txt_mustache,
            html: PackageResources.already_registered_en_html_mustache),
        Key(.alreadyRegistered, "de"): Source(
            text: PackageResources.already_registered_de_txt_mustache,
            html: PackageResources.already_registered_de_html_mustache),
        Key(.resetPassword, "en"): Source(
            text: PackageResources.reset_password_en_txt_mustache,
            html: PackageResources.reset_password_en_html_mustache),
        Key(.resetPassword, "de"): Source(
            text: PackageResources.reset_password_de_txt_mustache,
            html: PackageResources.reset_password_de_html_mustache),
        Key(.changeEmail, "en"): Source(
            text: PackageResources.change_email_en_txt_mustache, html: PackageResources.change_email_en_html_mustache),
        Key(.changeEmail, "de"): Source(
            text: PackageResources.change_email_de_txt_mustache, html: PackageResources.change_email_de_html_mustache),
        Key(.emailChanged, "en"): Source(
            text: PackageResources.email_changed_en_txt_mustache, html: PackageResources.email_changed_en_html_mustache),
        Key(.emailChanged, "de"): Source(
            text: PackageResources.email_changed_de_txt_mustache, html: PackageResources.email_changed_de_html_mustache),
        Key(.passwordChanged, "en"): Source(
            text: PackageResources.password_changed_en_txt_mustache,
            html: PackageResources.password_changed_en_html_mustache),
        Key(.passwordChanged, "de"): Source(
            text: PackageResources.password_changed_de_txt_mustache,
            html: PackageResources.password_changed_de_html_mustache),
        Key(.newSignIn, "en"): Source(
            text: PackageResources.new_sign_in_en_txt_mustache, html: PackageResources.new_sign_in_en_html_mustache),
        Key(.newSignIn, "de"): Source(
            text: PackageResources.new_sign_in_de_txt_mustache, html: PackageResources.new_sign_in_de_html_mustache),
        Key(.invitation, "en"): Source(
            text: PackageResources.invitation_en_txt_mustache, html: PackageResources.invitation_en_html_mustache),
        Key(.invitation, "de"): Source(
            text: PackageResources.invitation_de_txt_mustache, html: PackageResources.invitation_de_html_mustache),
        Key(.accountDeleted, "en"): Source(
            text: PackageResources.account_deleted_en_txt_mustache,
            html: PackageResources.account_deleted_en_html_mustache),
        Key(.accountDeleted, "de"): Source(
            text: PackageResources.account_deleted_de_txt_mustache,
            html: PackageResources.account_deleted_de_html_mustache),
    ]
}

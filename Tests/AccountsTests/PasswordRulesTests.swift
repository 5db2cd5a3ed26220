import Identity
import Testing

@testable import Accounts

@Suite struct PasswordRulesTests {
    private func problem(_ password: String, length: Int = 8, context: [String] = []) -> PasswordProblem? {
        do throws(AccountsError) {
            try PasswordRules(AccountsSettings(passwordLengthMin: length), context: context).check(password)
            return nil
        } catch {
            if case .weakPassword(let problem) = error { return problem }
            Issue.record("\(error)")
            return nil
        }
    }

    @Test(arguments: [
        "password", "PASSWORD", "Passw0rd", "P@ssw0rd", "password1", "Password2024!", "!!password!!", "12password34",
        "passwordpassword", "monkeymonkeymonkey", "aaaaaaaaaaaaaaaa", "abcabcabcabcabc", "123456789012345",
        "1234567890987654321", "qwertyuiopasdfgh", "qwertzuiop123456", "1qaz2wsx3edc4rfv", "zyxwvutsrqponml",
        "31121999", "19991231", "iloveyou", "trustno1", "ｐａｓｓｗｏｒｄ", "111222333444555",
    ])
    func `NIST SP 800-63B-4: a password that is tried first is refused, however it is dressed up`(password: String) {
        #expect(problem(password) == .common)
    }

    @Test(arguments: [
        "correct horse battery", "a quite different one", "the password is a sentence", "dragons eat monkeys",
        "MyDogHas4Legs&1Tail", "zwölf Boxkämpfer jagen Viktor", "工場の門は八時に開きます", "x7#kQ9!vLm2$", "🔑🐴🔋📎🌧🚲🍋🎺",
        "aaaaaaaabbbbbbbbc d", "          unusual", "8347562910384756",
    ])
    func `NIST SP 800-63B-4: no rule of composition, and any Unicode`(password: String) {
        #expect(problem(password) == nil)
    }

    @Test(arguments: [
        "gatehouse", "Gatehouse2024", "anna@example.com", "annalovelace1", "lovelacelovelace", "LOGIN.example.com",
    ])
    func `NIST SP 800-63B-4: a name or the site's is no password`(password: String) {
        var settings = AccountsSettings(passwordLengthMin: 8)
        settings.people.siteName = "login.example.com"
        let rules = PasswordRules(settings, context: ["anna@example.com", "Anna Lovelace"])
        #expect(throws: AccountsError.weakPassword(.personal)) { try rules.check(password) }
    }

    @Test func `a sentence may hold a name`() throws {
        try PasswordRules(AccountsSettings(), context: ["anna"]).check("anna planted seven trees")
    }

    @Test func `NIST SP 800-63B-4: one keyboard's spelling is another's`() throws {
        let composed = try PasswordRules(AccountsSettings()).check("cr\u{e8}me br\u{fb}l\u{e9}e at noon")
        let decomposed = try PasswordRules(AccountsSettings()).check("cre\u{300}me bru\u{302}le\u{301}e at noon")
        #expect(composed.text == decomposed.text)
        #expect(Array(composed.text.utf8) == Array(decomposed.text.utf8))
    }

    @Test func `a character that Unicode does not know yet is refused, since its form may change`() {
        #expect(problem("a long \u{0378} password") == .unassigned)
    }

    @Test func `what normalisation makes longer than a password can be is refused`() {
        #expect(problem(String(repeating: "\u{fdfa}x", count: 100)) == .tooLong(charactersMax: 256))
    }

    @Test func `the list is in order, so that halving it finds every word`() {
        let words = CommonPasswordList.text.split { $0 == " " || $0 == "\n" }.map { Array($0.unicodeScalars) }
        #expect(words.count > 6_000)
        #expect(words.allSatisfy { CommonPasswordList.contains($0) })
        #expect(!words.contains { CommonPasswordList.contains($0 + ["~"]) })
        for word in ["", "a", "~~~~", "!", "pass~ord", "passwordd", "é"] {
            #expect(!CommonPasswordList.contains(Array(word.unicodeScalars)))
        }
    }
}

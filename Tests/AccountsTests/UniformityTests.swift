import GatehouseTesting
import Identity
import PasswordHashing
import Testing

@testable import Accounts

/// Who has an account is told by neither the answer nor the work (OWASP ASVS 5.0, 6.3.8). The time is measured with the
/// real thing, by `Tests/Bench/login_timing.py`: a test that went by the clock would fail on a busy machine.
@Suite struct UniformityTests {
    enum Question: String, CaseIterable, Sendable {
        case signIn, register, recover, resend

        func ask(_ village: Village, _ login: String) async -> String {
            do throws(AccountsError) {
                switch self {
                case .signIn:
                    _ = try await SignIn(village.environment)(
                        login: login, password: "not the password", host: nil, by: village.visitor)
                    return "signed in"
                case .register:
                    let form = RegistrationForm(email: login, password: "some long password")
                    return try await Register(village.environment)(form, by: village.visitor).rawValue
                case .recover: try await RequestPasswordReset(village.environment)(login: login, by: village.visitor)
                case .resend: try await ResendVerification(village.environment)(login: login, by: village.visitor)
                }
                return "done"
            } catch {
                return error.code
            }
        }
    }

    /// What was asked of the stores and of the hasher.
    private struct Cost {
        var answer: String
        var operations: Int
        var hashing: UInt64
    }

    private func cost(_ question: Question, _ village: Village, _ login: String) async -> Cost {
        let (operations, hashing) = (village.stores.operationCount, village.environment.passwords.workDone)
        let answer = await question.ask(village, login)
        return Cost(
            answer: answer, operations: village.stores.operationCount - operations,
            hashing: village.environment.passwords.workDone - hashing)
    }

    @Test(arguments: Question.allCases)
    func `ASVS 6.3.8: over 200 tries each, the known and the unknown cost the same`(question: Question) async throws {
        let village = Village()
        let hash = try await village.environment.passwords.hash("the right password")
        for number in 0..<200 {
            // Every second one signs in by other means.
            _ = try await village.stores.users.create(
                NewUser(
                    username: "known\(number)", email: "known\(number)@example.com",
                    passwordHash: number.isMultiple(of: 2) ? hash : nil,
                    status: question == .resend ? .pendingVerification : .active))
        }
        var known: [Cost] = []
        var unknown: [Cost] = []
        for number in 0..<200 {
            // No two tries share an address or a moment: throttles are looked at elsewhere.
            village.rest()
            known.append(await cost(question, village, "known\(number)@example.com"))
            village.rest()
            unknown.append(await cost(question, village, "nobody\(number)@example.com"))
        }
        #expect(Set((known + unknown).map(\.answer)).count == 1)
        #expect(Set((known + unknown).map(\.operations)).count == 1)
        #expect(Set((known + unknown).map(\.hashing)).count == 1)
    }
}

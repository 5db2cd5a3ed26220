import GatehouseTesting
import Identity
import PasswordHashing
import Testing

@testable import Accounts

/// Who has an account is told by neither the answer, nor the work, nor the time (OWASP ASVS 5.0, 6.3.8).
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

    /// What was asked of the stores and of the hasher, and how long it took.
    private struct Cost {
        var answer: String
        var operations: Int
        var hashing: UInt64
        var time: Duration
    }

    private func cost(_ question: Question, _ village: Village, _ login: String) async -> Cost {
        let (operations, hashing) = (village.stores.operationCount, village.environment.passwords.workDone)
        let start = ContinuousClock.now
        let answer = await question.ask(village, login)
        return Cost(
            answer: answer, operations: village.stores.operationCount - operations,
            hashing: village.environment.passwords.workDone - hashing, time: ContinuousClock.now - start)
    }

    @Test(arguments: Question.allCases)
    func `ASVS 6.3.8: over 200 tries each, the known and the unknown cost the same`(question: Question) async throws {
        let village = Village()
        for number in 0..<200 {
            let email = "known\(number)@example.com"
            let user = try await village.stores.users.create(
                NewUser(
                    username: "known\(number)", email: email, passwordHash: nil,
                    status: question == .resend ? .pendingVerification : .active))
            #expect(user.email == email)
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
        // Generous, for machines that do other things as well: what is unequal by a query or a hash differs by far more.
        let (left, right) = (median(known), median(unknown))
        #expect(left < right * 3 && right < left * 3, "\(left) against \(right)")
    }

    private func median(_ costs: [Cost]) -> Duration { costs.map(\.time).sorted()[costs.count / 2] }
}

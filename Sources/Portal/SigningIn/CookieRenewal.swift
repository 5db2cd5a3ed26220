import Accounts
import Identity

/// Rotates the session cookie on the portal's own pages, as the proxy does on those of applications: on the host of
/// `public_url` there may be no others.
struct CookieRenewal: Sendable {
    let accounts: AccountsEnvironment

    /// The same answer, with the next cookie if this is a page load and it is time. What says anything about the cookie
    /// itself is left as it is; and so is the page when nobody can be asked.
    func renewing(_ response: PortalResponse, to request: PortalRequest) async -> PortalResponse {
        guard request.method == "GET", response.status == 200, isPageLoad(request), isPage(response),
            let text = RequestCookies(request)[.session], let cookie = await nextCookie(text, host: request.host)
        else { return response }
        return response.setting(PortalCookie.session.setting(cookie.token.text, maxAge: cookie.maxAge))
    }

    private func nextCookie(_ token: String, host: String) async -> SessionCookie? {
        do throws(AccountsError) { return try await RotateSession(accounts)(token, host: host) } catch {
            accounts.leftUndone("session cookie not rotated; the present one goes on", error)
            return nil
        }
    }

    private func isPageLoad(_ request: PortalRequest) -> Bool {
        request.values(of: "accept").contains { $0.lowercased().contains("text/html") }
            && request.values(of: "sec-fetch-mode").allSatisfy { $0.lowercased() == "navigate" }
            && request.values(of: "sec-fetch-dest").allSatisfy { $0.lowercased() == "document" }
    }

    private func isPage(_ response: PortalResponse) -> Bool {
        var isHTML = false
        for field in response.fields {
            switch field.name.lowercased() {
            case "content-type": isHTML = field.value.lowercased().hasPrefix("text/html")
            case "set-cookie" where field.value.hasPrefix(PortalCookie.session.rawValue + "="): return false
            default: break
            }
        }
        return isHTML
    }
}

import Configuration
import EventLoop
import HTTPMessage
import Identity
import Policy

/// From a complete head to the answer: who asks, may they, and what then.
extension Conversation {
    /// Answers one request and writes its line to the log.
    func answer(_ exchange: Exchange) async -> Ending {
        begin(exchange)
        if case .http1 = channel { exchange.requestBody.begin(.init(exchange.request.framing)) }
        let deployment = state.deployment
        let ending: Ending
        switch service.purpose {
        case .gateway:
            if let request = prepare(course(of: exchange, deployment), exchange, deployment) {
                ending = await forward(request, exchange)
            } else {
                ending = await follow(exchange, deployment)
            }
        case .redirect: ending = await redirect(exchange)
        case .operations: ending = await answerOperations(exchange)
        }
        if ending == .switched { letGo() } else { end(exchange) }
        return ending
    }

    func begin(_ exchange: Exchange) {
        exchange.record.id = state.ids.next()
        exchange.record.startedAt = loop.now
        exchange.record.deployment = state.deployment.number
    }

    /// The request is answered, or never will be: tells the log.
    func end(_ exchange: Exchange) {
        letGo()
        state.account(for: exchange, of: client)
    }

    /// Refuses what the parser could not make sense of, and closes: nobody knows where the next request would begin.
    func refuse(_ exchange: Exchange, _ refusal: RequestRefusal) async -> Ending {
        // What stands in the head is the former request, or half of this one.
        let (version, method) = (exchange.request.version, exchange.request.method)
        exchange.request.reset()
        var bodyless = false
        if case .http2 = channel {
            exchange.request.version = version
            bodyless = method == .head
        }
        exchange.record.id = state.ids.next()
        exchange.record.startedAt = loop.now
        exchange.record.code = refusal.code
        let problem = ProblemDocument(
            status: refusal.status, code: refusal.code, detail: refusal.detail,
            requestID: exchange.record.id.description)
        let ending = await send(problem.response, exchange, bodyless: bodyless, mayKeep: false)
        state.account(for: exchange, of: client)
        return ending
    }

    /// Makes what is allowed ready to be forwarded. Every other course is left in the exchange, for `follow`.
    func prepare(_ course: Course, _ exchange: Exchange, _ deployment: Deployment) -> PermittedRequest? {
        if case .forward(let permit, let session) = course {
            if let rate = permit.route.rate, !isWithin(rate, of: permit.route, exchange, deployment) {
                exchange.course = .refuseForRate
                return nil
            }
            let request = exchange.request
            var upgrade: UpgradeOffer?
            if request.offersUpgrade || !request.connectProtocol.isEmpty {
                switch UpgradeOffer.judge(request, permit.route, isEncrypted: service.tls != nil) {
                case .ignored: break
                case .accepted(let offer): upgrade = offer
                case .refused(let refusal):
                    exchange.record.outcome = .denied
                    exchange.course = .refuse(refusal)
                    return nil
                }
            }
            let permitted = PermittedRequest(
                permit, session, exchange, request, deployment, offering: upgrade, of: client)
            if let permitted { return permitted }
            exchange.course = .refuseBody(.bodyTooLarge)
        } else {
            exchange.course = course
        }
        return nil
    }

    /// What is to be done about a request.
    func course(of exchange: Exchange, _ deployment: Deployment) -> Course {
        let request = exchange.request
        let credential = request.credential(last: &client.lastToken, digest: digest)
        // Among very many sessions nothing of this one lies in the processor's cache. It comes while the rest is looked at.
        if case .token(let token, _) = credential { sessions.prefetchPlace(of: token) }
        if request.connectProtocol.isEmpty, Inquiry.mayBe(request.path),
            let refusal = takeUpInquiry(exchange, deployment)
        {
            return .refuse(refusal)
        }
        if let refusal = refusalBeforeRouting(request, exchange) { return .refuse(refusal) }
        if let inquiry = exchange.inquiry { return course(of: exchange, inquiry.head, deployment, credential) }
        return course(of: exchange, request, deployment, credential)
    }

    /// The same once `subject` is known, which is what is decided on.
    private func course(
        of exchange: Exchange, _ subject: RequestHead, _ deployment: Deployment, _ credential: Credential
    ) -> Course {
        guard case .token(let token, _) = credential else {
            return course(of: exchange, subject, deployment, nil, credential)
        }
        sessions.prefetchEntry(of: token)
        let selection = deployment.routes.select(host: subject.host, path: subject.path, &exchange.scratch)
        switch sessions.knowledge(of: token) {
        case .session(let session) where session.isGood(on: subject.host):
            return course(
                of: exchange, decide(exchange, subject, deployment, selection, session.principal), session, credential)
        case .session, .nobody:
            return course(of: exchange, decide(exchange, subject, deployment, selection, nil), nil, credential)
        case .ask:
            // What is the same for everyone needs nobody to be known.
            let decision = decide(exchange, subject, deployment, selection, nil)
            if exchange.isLocal || decision.isTheSameForEveryone {
                return course(of: exchange, decision, nil, credential)
            }
            return .lookUp(token, credential)
        }
    }

    private func course(
        of exchange: Exchange, _ subject: RequestHead, _ deployment: Deployment, _ session: CachedSession?,
        _ credential: Credential
    ) -> Course {
        let selection = deployment.routes.select(host: subject.host, path: subject.path, &exchange.scratch)
        let bound = session.flatMap { $0.isGood(on: subject.host) ? $0 : nil }
        return course(
            of: exchange, decide(exchange, subject, deployment, selection, bound?.principal), bound, credential)
    }

    private func course(
        of exchange: Exchange, _ decision: consuming Decision, _ session: consuming CachedSession?,
        _ credential: Credential
    ) -> Course {
        if let session {
            exchange.record.principal = session.principal
            exchange.record.session = session.sessionID
        }
        // Whatever is answered with 2xx on a stream for another protocol says that it is open.
        if exchange.isLocal, !exchange.request.connectProtocol.isEmpty { return .refuse(.protocolNotServed) }
        if exchange.isLocal { return exchange.inquiry == nil ? .answerLocally : .refuse(.gatewayPath) }
        switch decision {
        case .allow(let permit):
            exchange.record.permit = permit
            exchange.record.shadow = permit.shadow
            exchange.record.changesHeard = sessions.changesHeard
            if let session {
                exchange.record.sessionExpiresAt = session.expiresAt
                exchange.record.roleExpiresAt = permit.membershipExpiresAt
                exchange.record.vouchedAt = session.fetchedAt
            }
            exchange.record.outcome = .allowed
            if let inquiry = exchange.inquiry { return .vouch(permit, session, inquiry) }
            if let session, mayRotate(session, exchange, credential) { exchange.rotating = session }
            return .forward(permit, session)
        case .deny(let denial):
            return .deny(denial, session, credential)
        }
    }

    /// Takes every course but the straight one.
    func follow(_ exchange: Exchange, _ deployment: Deployment) async -> Ending {
        switch exchange.course {
        case .deny(let denial, let session, let credential):
            return await deny(denial, exchange, deployment, session, credential)
        case .vouch(let permit, let session, let inquiry):
            return await vouch(permit, session, inquiry, exchange, deployment)
        case .answerLocally:
            return await answerLocally(exchange)
        case .refuse(let refusal):
            return await deny(exchange, refusal.status, refusal.code, refusal.detail)
        case .refuseBody(let refusal):
            return await refuseBody(exchange, refusal)
        case .refuseForRate:
            return await refuseForRate(exchange)
        case .lookUp(let token, let credential):
            let course = await courseAfterLookup(token, exchange, deployment, credential)
            if let request = prepare(course, exchange, deployment) { return await forward(request, exchange) }
            return await follow(exchange, deployment)
        case .failLookup:
            return await fail(
                exchange, 503, "sessions_unavailable", "Who you are cannot be looked up at the moment. Try again soon.",
                retryAfter: 2)
        case .forward, nil:
            preconditionFailure("what is forwarded is prepared first")
        }
    }

    private func courseAfterLookup(
        _ token: TokenHash, _ exchange: Exchange, _ deployment: Deployment, _ credential: Credential
    ) async -> Course {
        let subject = exchange.subject
        switch await sessions.resolve(token) {
        case .session(let session): return course(of: exchange, subject, deployment, session, credential)
        case .nobody: return course(of: exchange, subject, deployment, nil, credential)
        case .unavailable:
            let anonymous = course(of: exchange, subject, deployment, nil, credential)
            // What anybody may see, nobody needs to be known for.
            switch anonymous {
            case .forward, .vouch: return anonymous
            default: return .failLookup
            }
        }
    }

    private func decide(
        _ exchange: Exchange, _ subject: RequestHead, _ deployment: Deployment, _ selection: RouteTable.Selection,
        _ principal: Principal?
    ) -> Decision {
        deployment.routes.decide(
            selection, method: subject.methodSpan, principal: principal, at: state.now, scratch: &exchange.scratch)
    }

    /// What can be refused without looking at routes.
    private func refusalBeforeRouting(_ request: RequestHead, _ exchange: Exchange) -> RequestRefusal? {
        switch request.method {
        case .connect, .trace: return .methodNotImplemented
        default: break
        }
        guard request.form == .origin || request.form == .absolute else { return .targetNotServed }
        if request.fields.isRepeated(.authorization) { return .severalAuthorizations }
        // A proxy that asks for its clients asks for hosts of its own.
        if exchange.inquiry?.isOfProxy != true, client.sni?.covers(host: request.host, service: service) == false {
            return .misdirected
        }
        return nil
    }
}

extension Decision {
    /// Whether nothing that could be learned about the client would change it.
    fileprivate var isTheSameForEveryone: Bool {
        if case .deny(let denial) = self { denial.status == 400 || denial.status == 404 } else { false }
    }
}

/// What is to be done about a request. Known without waiting for all but sessions that must be looked up.
enum Course {
    case forward(Permit, CachedSession?)
    case deny(Denial, CachedSession?, Credential)
    /// Whoever asks is told that the other request is allowed.
    case vouch(Permit, CachedSession?, Inquiry)
    case answerLocally
    case refuse(RequestRefusal)
    case refuseBody(RequestRefusal)
    case refuseForRate
    case lookUp(TokenHash, Credential)
    case failLookup
}

/// Paths that are the gateway's own on every host.
enum LocalPaths {
    static let pages = Array("/.gatehouse/".utf8)
    static let wellKnown = Array("/.well-known/gatehouse/".utf8)
}

extension Span<UInt8> {
    func hasPrefix(_ prefix: [UInt8]) -> Bool {
        count >= prefix.count && extracting(..<prefix.count).isEqual(to: prefix.span)
    }
}

import Dispatch
import Synchronization

/// Hands mails to a mail server, one after the other over one connection, on a thread of its own.
package final class SMTPDelivery: MailDelivery {
    private let server: SMTPServer
    private let thread = DispatchQueue(label: "gatehouse.mail", qos: .utility)
    private let transfer = Mutex<CurlTransfer?>(nil)

    package init(_ server: SMTPServer) { self.server = server }

    package func deliver(_ message: MailMessage) async -> DeliveryOutcome {
        let bytes: [UInt8]
        do throws(MailMessageError) {
            bytes = try message.bytes()
        } catch {
            return .refused("the message cannot be written down: \(error)")
        }
        let (sender, recipient) = (message.sender.address, message.recipient)
        let cancellation = Cancellation()
        return await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                thread.async {
                    let outcome = self.transfer.withLock { transfer -> DeliveryOutcome in
                        let current = transfer ?? CurlTransfer(self.server)
                        transfer = current
                        guard let current else { return .unreachable("there is no memory for a connection") }
                        return current.send(from: sender, to: recipient, bytes, cancellation: cancellation).outcome
                    }
                    continuation.resume(returning: outcome)
                }
            }
        } onCancel: {
            cancellation.cancel()
        }
    }

    /// Says goodbye to the server (QUIT).
    package func rest() async {
        await withCheckedContinuation { continuation in
            thread.async {
                self.transfer.withLock { $0 = nil }
                continuation.resume()
            }
        }
    }
}

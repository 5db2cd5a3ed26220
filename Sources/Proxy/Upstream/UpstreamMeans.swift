import EventLoop
import HTTP2

/// What a worker lends to its upstreams: its loop, its tasks, and the memory that all HTTP/2 sessions share.
struct UpstreamMeans {
    let loop: EventLoop
    let tasks: ParkedTasks
    let http2Workspace: HTTP2Workspace
}

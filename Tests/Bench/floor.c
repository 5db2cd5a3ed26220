// The floor under every proxy on this machine: TLS on one side, a kept connection on the other, and nothing else.
//
// No parsing, no rules, no log: whatever comes from a client counts as one request, a fixed head of the size that the
// gateway sends goes to the application, and whatever comes back is passed on. What a real proxy costs beyond this is
// its own; what this costs is the kernel's TCP and OpenSSL. Two receives and two sends a request.
//
// usage: floor PORT APPLICATION_PORT CERTIFICATE KEY
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/tcp.h>
#include <openssl/ssl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

struct connection {
    int descriptor;
    SSL *tls;                // The client's side; NULL on the application's.
    struct connection *peer; // Who waits for the application's answer.
    int gone;
};

static const char head[] =
    "GET /plants/detroit/limits/7 HTTP/1.1\r\nHost: spc.localhost\r\nX-Forwarded-For: 127.0.0.1\r\n"
    "X-Forwarded-Proto: https\r\nX-Forwarded-Host: spc.localhost\r\nX-Request-Id: 0123456789abcdef0123456789abcdef\r\n"
    "traceparent: 00-0123456789abcdef0123456789abcdef-0123456789abcdef-00\r\n"
    "X-Gatehouse-User-Id: 01234567-89ab-cdef-0123-456789abcdef\r\nX-Gatehouse-User: olivia\r\n"
    "X-Gatehouse-Email: olivia@example.com\r\nX-Gatehouse-Plant: detroit\r\nX-Gatehouse-Plant-Id: 1\r\n"
    "X-Gatehouse-Role: operator\r\nX-Gatehouse-Session-Id: 01234567-89ab-cdef-0123-456789abcdef\r\n\r\n";

static int poll_set;
static struct sockaddr_in application;
static struct connection *kept[4096];
static int kept_count;

static void watch(struct connection *c) {
    struct epoll_event event = {.events = EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLET, .data.ptr = c};
    int on = 1;
    setsockopt(c->descriptor, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    epoll_ctl(poll_set, EPOLL_CTL_ADD, c->descriptor, &event);
}

static struct connection *upstream(void) {
    if (kept_count > 0) return kept[--kept_count];
    struct connection *c = calloc(1, sizeof *c);
    c->descriptor = socket(AF_INET, SOCK_STREAM, 0);
    if (connect(c->descriptor, (struct sockaddr *)&application, sizeof application) != 0) exit(1);
    fcntl(c->descriptor, F_SETFL, O_NONBLOCK);
    watch(c);
    return c;
}

static void from_client(struct connection *c) {
    static char bytes[16384];
    if (!SSL_is_init_finished(c->tls) && SSL_do_handshake(c->tls) != 1) return;
    int count = SSL_read(c->tls, bytes, sizeof bytes);
    if (count <= 0) {
        if (SSL_get_error(c->tls, count) == SSL_ERROR_WANT_READ) return;
        c->gone = 1; // Kept, since an answer may still name it: a measurement is short.
        close(c->descriptor);
        return;
    }
    struct connection *to = upstream();
    to->peer = c;
    send(to->descriptor, head, sizeof head - 1, MSG_NOSIGNAL);
}

static void from_application(struct connection *c) {
    static char bytes[16384];
    ssize_t count = recv(c->descriptor, bytes, sizeof bytes, 0);
    struct connection *to = c->peer;
    if (count <= 0 || to == NULL) return;
    c->peer = NULL;
    if (kept_count < 4096) kept[kept_count++] = c;
    if (!to->gone) SSL_write(to->tls, bytes, (int)count);
}

int main(int count, char **arguments) {
    if (count != 5) return 64;
    signal(SIGPIPE, SIG_IGN); // A load ends in the middle of answers.
    SSL_CTX *context = SSL_CTX_new(TLS_server_method());
    if (SSL_CTX_use_certificate_chain_file(context, arguments[3]) != 1) return 1;
    if (SSL_CTX_use_PrivateKey_file(context, arguments[4], SSL_FILETYPE_PEM) != 1) return 1;
    SSL_CTX_set_read_ahead(context, 1);
    SSL_CTX_set_mode(context, SSL_MODE_RELEASE_BUFFERS | SSL_MODE_ENABLE_PARTIAL_WRITE);
    application = (struct sockaddr_in){.sin_family = AF_INET, .sin_port = htons((uint16_t)atoi(arguments[2])),
                                       .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    struct sockaddr_in own = application;
    own.sin_port = htons((uint16_t)atoi(arguments[1]));
    int on = 1, listener = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
    setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    if (bind(listener, (struct sockaddr *)&own, sizeof own) != 0 || listen(listener, 4096) != 0) return 1;
    poll_set = epoll_create1(0);
    struct epoll_event event = {.events = EPOLLIN, .data.ptr = NULL}, events[256];
    epoll_ctl(poll_set, EPOLL_CTL_ADD, listener, &event);
    for (;;) {
        int ready = epoll_wait(poll_set, events, 256, -1);
        for (int index = 0; index < ready; index++) {
            struct connection *c = events[index].data.ptr;
            if (c == NULL) {
                int descriptor;
                while ((descriptor = accept4(listener, NULL, NULL, SOCK_NONBLOCK)) >= 0) {
                    c = calloc(1, sizeof *c);
                    c->descriptor = descriptor;
                    c->tls = SSL_new(context);
                    SSL_set_fd(c->tls, descriptor);
                    SSL_set_accept_state(c->tls);
                    watch(c);
                }
            } else if (events[index].events & EPOLLIN && !c->gone) {
                if (c->tls != NULL) from_client(c); else from_application(c);
            }
        }
    }
}

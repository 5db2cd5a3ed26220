// OpenSSL for Swift: the headers, and functions for what they define as macros, which Swift does not import.
#pragma once
#include <openssl/ssl.h>
#include <openssl/err.h>
#include <openssl/x509v3.h>
#include <openssl/pem.h>
#include <openssl/evp.h>
#include <openssl/rand.h>
#include <openssl/core_names.h>
#include <openssl/params.h>

#include <malloc.h>
#include <stdlib.h>

// OpenSSL asks for memory hundreds of times in a handshake, and for record buffers with every read and write. A thread
// that asks for it keeps what it gives back, by size, and has the last piece again first: the one in the processor's
// caches. malloc takes longer, and tidies up what was freed before with each large piece. Every piece is malloc's: any
// thread may free it.
enum {
    // Small pieces come in steps of 16 bytes, as malloc's do, and large ones in steps of 64.
    openssl_small_bytes_max = 1024,
    openssl_piece_bytes_max = 24 * 1024,
    openssl_piece_sizes = openssl_small_bytes_max / 16 + (openssl_piece_bytes_max - openssl_small_bytes_max) / 64 + 1,
    // What malloc has of its own in each piece.
    openssl_piece_overhead = 8,
    // How much a thread keeps at most.
    openssl_kept_bytes_max = 8 * 1024 * 1024,
};

// By size a list, in which each piece points to the next.
struct openssl_pieces {
    int are_kept;
    size_t bytes;
    void *first[openssl_piece_sizes];
};

// Those of the calling thread.
static inline struct openssl_pieces *openssl_pieces(void) {
    static _Thread_local struct openssl_pieces pieces;
    return &pieces;
}

// Which list has pieces of so many bytes, with malloc's own; those in between belong to the next smaller one.
static inline size_t openssl_piece_list(size_t bytes) {
    if (bytes < openssl_small_bytes_max) return bytes / 16;
    return openssl_small_bytes_max / 16 + (bytes - openssl_small_bytes_max) / 64;
}

static inline void *openssl_allocate(size_t size, const char *file, int line) {
    (void)file, (void)line;
    if (size == 0) return NULL;
    if (size > openssl_piece_bytes_max - openssl_piece_overhead) return malloc(size);
    size_t bytes = size + openssl_piece_overhead;
    bytes = bytes <= 32 ? 32 : bytes < openssl_small_bytes_max - 15 ? (bytes + 15) & ~15ul : (bytes + 63) & ~63ul;
    struct openssl_pieces *const pieces = openssl_pieces();
    void **const first = &pieces->first[openssl_piece_list(bytes)];
    void *const piece = *first;
    if (piece == NULL) return malloc(bytes - openssl_piece_overhead);
    void *const next = *(void **)piece;
    *first = next;
    // Whoever asks next for as much finds it in the processor's caches, where a connection has lain for long.
    __builtin_prefetch(next, 1);
    pieces->bytes -= bytes;
    return piece;
}

static inline void openssl_free(void *piece, const char *file, int line) {
    (void)file, (void)line;
    if (piece == NULL) return;
    struct openssl_pieces *const pieces = openssl_pieces();
    if (pieces->are_kept) {
        size_t bytes = malloc_usable_size(piece) + openssl_piece_overhead;
        bytes &= bytes < openssl_small_bytes_max ? ~15ul : ~63ul;
        if (bytes <= openssl_piece_bytes_max && pieces->bytes + bytes <= openssl_kept_bytes_max) {
            void **const first = &pieces->first[openssl_piece_list(bytes)];
            *(void **)piece = *first;
            *first = piece;
            pieces->bytes += bytes;
            return;
        }
    }
    free(piece);
}

static inline void *openssl_reallocate(void *piece, size_t size, const char *file, int line) {
    if (piece == NULL) return openssl_allocate(size, file, line);
    if (size > 0) return realloc(piece, size);
    openssl_free(piece, file, line);
    return NULL;
}

// For the whole process, before OpenSSL has allocated anything: 0 if it has.
static inline int openssl_use_pieces(void) {
    return CRYPTO_set_mem_functions(openssl_allocate, openssl_reallocate, openssl_free);
}

// For the calling thread, which is to end with the process.
static inline void openssl_keep_pieces(void) { openssl_pieces()->are_kept = 1; }

static const uint64_t openssl_server_options =
    SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION | SSL_OP_CIPHER_SERVER_PREFERENCE | SSL_OP_PRIORITIZE_CHACHA;
static const uint64_t openssl_client_options = SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION;

static inline int openssl_set_versions(SSL_CTX *context, int minimum, int maximum) {
    return SSL_CTX_set_min_proto_version(context, minimum) == 1 && SSL_CTX_set_max_proto_version(context, maximum) == 1;
}

// Frees the record buffers of a connection that only waits, and reads more than one record at once if there is more. The
// chain is what the certificate's file has: OpenSSL would look for issuers at every handshake where there is none.
static inline void openssl_set_modes(SSL_CTX *context) {
    SSL_CTX_set_mode(context, SSL_MODE_RELEASE_BUFFERS | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER | SSL_MODE_NO_AUTO_CHAIN);
    SSL_CTX_set_read_ahead(context, 1);
}

static inline void openssl_set_session_cache(SSL_CTX *context, long mode) {
    SSL_CTX_set_session_cache_mode(context, mode);
}

// How many tickets a client of TLS 1.3 gets after a full handshake.
static inline int openssl_set_tickets(SSL_CTX *context, size_t count) {
    return SSL_CTX_set_num_tickets(context, count) == 1;
}

static inline int openssl_set_groups(SSL_CTX *context, const char *list) {
    return SSL_CTX_set1_groups_list(context, list) == 1;
}

static inline int openssl_add_chain(SSL_CTX *context, X509 *certificate) {
    return SSL_CTX_add1_chain_cert(context, certificate) == 1;
}

typedef int (*openssl_servername_callback)(SSL *connection, int *alert, void *argument);

static inline void openssl_set_servername_callback(
    SSL_CTX *context, openssl_servername_callback callback, void *argument) {
    SSL_CTX_set_tlsext_servername_callback(context, callback);
    SSL_CTX_set_tlsext_servername_arg(context, argument);
}

typedef int (*openssl_ticket_key_callback)(
    SSL *connection, unsigned char *name, unsigned char *vector, EVP_CIPHER_CTX *cipher, EVP_MAC_CTX *mac, int encrypts);

static inline void openssl_set_ticket_key_callback(SSL_CTX *context, openssl_ticket_key_callback callback) {
    SSL_CTX_set_tlsext_ticket_key_evp_cb(context, callback);
}

static inline int openssl_set_hostname(SSL *connection, const char *name) {
    return SSL_set_tlsext_host_name(connection, name) == 1;
}

static inline void openssl_bio_set_retry_read(BIO *bio) { BIO_set_retry_read(bio); }
static inline void openssl_bio_clear_retry(BIO *bio) { BIO_clear_retry_flags(bio); }

static inline int openssl_mac_set_key(EVP_MAC_CTX *mac, unsigned char *key, size_t length) {
    OSSL_PARAM parameters[3];
    parameters[0] = OSSL_PARAM_construct_octet_string(OSSL_MAC_PARAM_KEY, key, length);
    parameters[1] = OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST, (char *)"SHA256", 0);
    parameters[2] = OSSL_PARAM_construct_end();
    return EVP_MAC_CTX_set_params(mac, parameters) == 1;
}

// The DNS name at `index` of a subjectAltName: its length and bytes; -1 for a name of another kind.
static inline int openssl_dns_name(const GENERAL_NAMES *names, int index, const unsigned char **bytes) {
    const GENERAL_NAME *name = sk_GENERAL_NAME_value(names, index);
    if (name == NULL || name->type != GEN_DNS) return -1;
    *bytes = ASN1_STRING_get0_data(name->d.dNSName);
    return ASN1_STRING_length(name->d.dNSName);
}

static inline int openssl_name_count(const GENERAL_NAMES *names) { return sk_GENERAL_NAME_num(names); }

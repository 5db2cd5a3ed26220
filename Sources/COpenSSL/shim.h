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

#include "../CPieces/pieces.h"

// OpenSSL asks for memory hundreds of times in a handshake, and for record buffers with every read and write. A thread
// that asks for it keeps what it gives back.
enum { openssl_kept_bytes_max = 8 * 1024 * 1024 };

// Those of the calling thread.
static inline struct pieces *openssl_pieces(void) {
    static _Thread_local struct pieces pieces;
    return &pieces;
}

static inline void *openssl_allocate(size_t size, const char *file, int line) {
    (void)file, (void)line;
    return size == 0 ? NULL : pieces_allocate(openssl_pieces(), size);
}

static inline void openssl_free(void *piece, const char *file, int line) {
    (void)file, (void)line;
    pieces_free(openssl_pieces(), piece);
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
static inline void openssl_keep_pieces(void) { openssl_pieces()->bytes_max = openssl_kept_bytes_max; }

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

// HTTP/2 framing, header compression and stream states.
#pragma once
#include <nghttp2/nghttp2.h>

#include <string.h>
#include "../CPieces/pieces.h"

// Flags as numbers of the types that they are used as: in C they are enumerations.
static const uint8_t nghttp2_end_stream = NGHTTP2_FLAG_END_STREAM;
static const uint8_t nghttp2_end_headers = NGHTTP2_FLAG_END_HEADERS;
static const uint8_t nghttp2_ack = NGHTTP2_FLAG_ACK;
static const uint8_t nghttp2_no_copy = NGHTTP2_NV_FLAG_NO_COPY_NAME | NGHTTP2_NV_FLAG_NO_COPY_VALUE;
static const uint8_t nghttp2_never_indexed = NGHTTP2_NV_FLAG_NO_INDEX;
static const uint32_t nghttp2_data_eof = NGHTTP2_DATA_FLAG_EOF;
static const uint32_t nghttp2_data_without_end = NGHTTP2_DATA_FLAG_NO_END_STREAM;
static const uint32_t nghttp2_data_no_copy = NGHTTP2_DATA_FLAG_NO_COPY;

// Answers of callbacks.
static const int nghttp2_deferred = NGHTTP2_ERR_DEFERRED;
static const int nghttp2_would_block = NGHTTP2_ERR_WOULDBLOCK;
static const int nghttp2_callback_failed = NGHTTP2_ERR_CALLBACK_FAILURE;
static const int nghttp2_cancel = NGHTTP2_ERR_CANCEL;
static const int nghttp2_stream_failed = NGHTTP2_ERR_TEMPORAL_CALLBACK_FAILURE;

// Types of frames, as they stand in a frame's head.
static const uint8_t nghttp2_frame_data = NGHTTP2_DATA;
static const uint8_t nghttp2_frame_headers = NGHTTP2_HEADERS;
static const uint8_t nghttp2_frame_priority = NGHTTP2_PRIORITY;
static const uint8_t nghttp2_frame_rst_stream = NGHTTP2_RST_STREAM;
static const uint8_t nghttp2_frame_settings = NGHTTP2_SETTINGS;
static const uint8_t nghttp2_frame_ping = NGHTTP2_PING;
static const uint8_t nghttp2_frame_goaway = NGHTTP2_GOAWAY;
static const uint8_t nghttp2_frame_continuation = NGHTTP2_CONTINUATION;
static const uint8_t nghttp2_frame_priority_update = NGHTTP2_PRIORITY_UPDATE;

// Sessions whose memory is taken from pieces, which outlive them: nghttp2 asks for memory several times for each stream.
static inline void *nghttp2_piece_malloc(size_t size, void *pieces) {
    return pieces_allocate((struct pieces *)pieces, size);
}

static inline void nghttp2_piece_free(void *piece, void *pieces) { pieces_free((struct pieces *)pieces, piece); }

static inline void *nghttp2_piece_calloc(size_t count, size_t size, void *pieces) {
    size_t bytes;
    if (__builtin_mul_overflow(count, size, &bytes)) return NULL;
    void *const piece = pieces_allocate((struct pieces *)pieces, bytes);
    return piece == NULL ? NULL : memset(piece, 0, bytes);
}

static inline void *nghttp2_piece_realloc(void *piece, size_t size, void *pieces) {
    return piece == NULL ? pieces_allocate((struct pieces *)pieces, size) : realloc(piece, size);
}

static inline nghttp2_mem nghttp2_piece_functions(struct pieces *pieces) {
    const nghttp2_mem functions = {
        pieces, nghttp2_piece_malloc, nghttp2_piece_free, nghttp2_piece_calloc, nghttp2_piece_realloc};
    return functions;
}

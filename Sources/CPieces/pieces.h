// Memory for libraries in C that ask for the same sizes over and over.
//
// What they give back is kept by size, and the last piece is given out first: the one in the processor's caches. malloc
// takes longer, keeps seven of a size at hand, and tidies up what was freed before with each large piece. Every piece is
// malloc's: it may be freed anywhere, and given to another thread's pieces.
#pragma once
#include <malloc.h>
#include <stddef.h>
#include <stdlib.h>

enum {
    // Small pieces come in steps of 16 bytes, as malloc's do, and large ones in steps of 64.
    pieces_small_bytes_max = 1024,
    pieces_bytes_max = 24 * 1024,
    pieces_lists = pieces_small_bytes_max / 16 + (pieces_bytes_max - pieces_small_bytes_max) / 64 + 1,
    // What malloc has of its own in each piece.
    pieces_overhead = 8,
};

// For one thread at a time. All zero, it keeps nothing.
struct pieces {
    // How many bytes are kept, and how many may be.
    size_t bytes, bytes_max;
    // By size a list, in which each piece points to the next.
    void *first[pieces_lists];
};

// Which list has pieces of so many bytes, with malloc's own; those in between belong to the next smaller one.
static inline size_t pieces_list(size_t bytes) {
    if (bytes < pieces_small_bytes_max) return bytes / 16;
    return pieces_small_bytes_max / 16 + (bytes - pieces_small_bytes_max) / 64;
}

static inline void *pieces_allocate(struct pieces *pieces, size_t size) {
    if (size > pieces_bytes_max - pieces_overhead) return malloc(size);
    size_t bytes = size + pieces_overhead;
    bytes = bytes <= 32 ? 32 : bytes < pieces_small_bytes_max - 15 ? (bytes + 15) & ~15ul : (bytes + 63) & ~63ul;
    void **const first = &pieces->first[pieces_list(bytes)];
    void *const piece = *first;
    if (piece == NULL) return malloc(bytes - pieces_overhead);
    void *const next = *(void **)piece;
    *first = next;
    // Whoever asks next for as much finds it in the processor's caches, where a connection has lain for long.
    __builtin_prefetch(next, 1);
    pieces->bytes -= bytes;
    return piece;
}

static inline void pieces_free(struct pieces *pieces, void *piece) {
    if (piece == NULL) return;
    if (pieces->bytes_max > 0) {
        size_t bytes = malloc_usable_size(piece) + pieces_overhead;
        bytes &= bytes < pieces_small_bytes_max ? ~15ul : ~63ul;
        if (bytes <= pieces_bytes_max && pieces->bytes + bytes <= pieces->bytes_max) {
            void **const first = &pieces->first[pieces_list(bytes)];
            *(void **)piece = *first;
            *first = piece;
            pieces->bytes += bytes;
            return;
        }
    }
    free(piece);
}

// Gives malloc back what is kept.
static inline void pieces_release(struct pieces *pieces) {
    for (size_t list = 0; list < pieces_lists; list++) {
        while (pieces->first[list] != NULL) {
            void *const piece = pieces->first[list];
            pieces->first[list] = *(void **)piece;
            free(piece);
        }
    }
    pieces->bytes = 0;
}

#pragma once
#include <argon2.h>
#include <sys/mman.h>

/* One block of memory for the thread that calls, kept from one hash to the next.
 *
 * To get and to give back 64 MiB for each hash costs sixteen thousand page faults, and the kernel stops the other threads of
 * the process to forget the pages: threads that serve requests would wait for those that hash. In large pages it is thirty
 * faults, and the hash itself is quicker. libargon2 wipes the block before it returns it. */
struct gatehouse_block {
    uint8_t *memory;
    size_t bytes;
};

static inline struct gatehouse_block *gatehouse_block_of_thread(void) {
    static __thread struct gatehouse_block block;
    return &block;
}

/* Gives the thread's block up, to the kernel. */
static inline void gatehouse_block_release(void) {
    struct gatehouse_block *block = gatehouse_block_of_thread();
    if (block->memory) munmap(block->memory, block->bytes);
    block->memory = 0;
    block->bytes = 0;
}

/* An allocate_fptr: the thread's block, which is made anew if it is too small. */
static inline int gatehouse_block_borrow(uint8_t **memory, size_t bytes) {
    struct gatehouse_block *block = gatehouse_block_of_thread();
    if (block->bytes < bytes) {
        gatehouse_block_release();
        void *fresh = mmap(0, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
        if (fresh == MAP_FAILED) return ARGON2_MEMORY_ALLOCATION_ERROR;
        madvise(fresh, bytes, MADV_HUGEPAGE);
        block->memory = fresh;
        block->bytes = bytes;
    }
    *memory = block->memory;
    return ARGON2_OK;
}

/* A deallocate_fptr: the thread keeps the block. */
static inline void gatehouse_block_return(uint8_t *memory, size_t bytes) {
    (void)memory;
    (void)bytes;
}

// Linux system calls that Swift's Glibc module leaves out.
#pragma once
#include <malloc.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

// accept4(2) is declared for _GNU_SOURCE alone, which a module cannot set.
static inline int linux_accept4(int descriptor, struct sockaddr *address, socklen_t *length, int flags) {
    return (int)syscall(SYS_accept4, descriptor, address, length, flags);
}

// send(2) and recv(2) without what the C library's own add in a process of several threads: each is a point where
// pthread_cancel(3) may strike, and marking it as such costs two atomic operations a call. No thread here is cancelled.
static inline ssize_t linux_send(int descriptor, const void *bytes, size_t count) {
    return syscall(SYS_sendto, descriptor, bytes, count, MSG_NOSIGNAL, (void *)0, 0);
}

static inline ssize_t linux_receive(int descriptor, void *bytes, size_t count) {
    return syscall(SYS_recvfrom, descriptor, bytes, count, 0, (void *)0, (void *)0);
}

// The event masks as plain numbers: in C they are an enumeration, and EPOLLET does not fit an int.
static const uint32_t linux_readable = EPOLLIN;
static const uint32_t linux_writable = EPOLLOUT;
static const uint32_t linux_error = EPOLLERR;
static const uint32_t linux_hang_up = EPOLLHUP;
static const uint32_t linux_read_hang_up = EPOLLRDHUP;
static const uint32_t linux_edge_triggered = (uint32_t)EPOLLET;
static const uint32_t linux_one_shot = EPOLLONESHOT;

// Names the calling thread, for top(1) and profiles; the kernel keeps 15 bytes. Variadic in C.
static inline void linux_name_thread(const char *name) { (void)prctl(PR_SET_NAME, name, 0, 0, 0); }

// Has the processor bring a line of memory near, without waiting for it.
static inline void linux_prefetch(const void *address) { __builtin_prefetch(address); }

// How many bytes malloc has given out and not taken back, in the whole process.
static inline size_t linux_allocated_bytes(void) {
    const struct mallinfo2 counts = mallinfo2();
    return counts.uordblks + counts.hblkhd;
}

// Returns the free pages of all heaps to the kernel. Whoever allocates from one of them waits meanwhile.
static inline void linux_trim_heaps(void) { (void)malloc_trim(0); }

// How many free bytes malloc keeps at the top of a heap before it returns them to the kernel.
static inline void linux_set_trim_threshold(int bytes) { (void)mallopt(M_TRIM_THRESHOLD, bytes); }

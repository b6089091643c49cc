/*
 * Put before the C library (LD_PRELOAD) by tests: a sendmmsg that fails as networks and drivers do,
 * but on demand. TRIVET_FAULT says how; at the end one line on stderr tells what was met, and how
 * often the system was called.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#ifndef UDP_SEGMENT
#define UDP_SEGMENT 103
#endif

typedef int send_many(int fd, struct mmsghdr *headers, unsigned count, int flags);

typedef int receive_many(int fd, struct mmsghdr *headers, unsigned count, int flags,
                         struct timespec *timeout);

static unsigned calls, receives, faults, segmented;

static int is_segmented(struct msghdr *header) {
    for (struct cmsghdr *c = CMSG_FIRSTHDR(header); c != NULL; c = CMSG_NXTHDR(header, c)) {
        if (c->cmsg_level == IPPROTO_UDP && c->cmsg_type == UDP_SEGMENT) return 1;
    }
    return 0;
}

static int fail(int number) {
    faults++;
    errno = number;
    return -1;
}

int sendmmsg(int fd, struct mmsghdr *headers, unsigned count, int flags) {
    send_many *real = (send_many *)dlsym(RTLD_NEXT, "sendmmsg");
    const char *fault = getenv("TRIVET_FAULT");
    if (fault == NULL) fault = "";
    calls++;
    if (strcmp(fault, "full") == 0 && calls % 2 == 1) return fail(EAGAIN);
    if (strcmp(fault, "interrupted") == 0 && calls % 2 == 1) return fail(EINTR);
    if (strcmp(fault, "no-buffers") == 0 && calls == 1) return fail(ENOBUFS);
    if (strcmp(fault, "partial") == 0 && count > 1) {
        faults++;
        count = 1;
    }
    int number = strcmp(fault, "no-offload") == 0 ? EIO : strcmp(fault, "narrow") == 0 ? EINVAL : 0;
    for (unsigned index = 0; index < count; index++) {
        if (!is_segmented(&headers[index].msg_hdr)) continue;
        if (number == 0) segmented++;
        else if (index == 0) return fail(number);
        else count = index;
    }
    return real(fd, headers, count, flags);
}

int recvmmsg(int fd, struct mmsghdr *headers, unsigned count, int flags, struct timespec *timeout) {
    receive_many *real = (receive_many *)dlsym(RTLD_NEXT, "recvmmsg");
    receives++;
    return real(fd, headers, count, flags, timeout);
}

__attribute__((destructor)) static void tell(void) {
    fprintf(stderr, "faults %u segmented %u sends %u receives %u\n", faults, segmented, calls,
            receives);
}

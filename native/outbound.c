/* Sending: runs are sorted by socket and leave by sendmmsg, cut into datagrams by the kernel. */
#include "transport.h"
#include <arpa/inet.h>
#include <errno.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/uio.h>

#ifndef UDP_SEGMENT
#define UDP_SEGMENT 103
#endif

static void pin(struct msghdr *header, const uint32_t *run, bool is_ipv6) {
    struct cmsghdr *c = (struct cmsghdr *)((uint8_t *)header->msg_control + header->msg_controllen);
    if (is_ipv6) {
        struct in6_pktinfo info = { .ipi6_ifindex = run[OUT_INTERFACE] };
        for (int word = 0; word < 4; word++) {
            info.ipi6_addr.s6_addr32[word] = htonl(run[OUT_LOCAL + word]);
        }
        *c = (struct cmsghdr){ CMSG_LEN(sizeof info), IPPROTO_IPV6, IPV6_PKTINFO };
        memcpy(CMSG_DATA(c), &info, sizeof info);
        header->msg_controllen += CMSG_SPACE(sizeof info);
    } else {
        struct in_pktinfo info = { .ipi_spec_dst.s_addr = htonl(run[OUT_LOCAL]) };
        *c = (struct cmsghdr){ CMSG_LEN(sizeof info), IPPROTO_IP, IP_PKTINFO };
        memcpy(CMSG_DATA(c), &info, sizeof info);
        header->msg_controllen += CMSG_SPACE(sizeof info);
    }
}

static void cut(struct msghdr *header, uint16_t segment) {
    struct cmsghdr *c = (struct cmsghdr *)((uint8_t *)header->msg_control + header->msg_controllen);
    *c = (struct cmsghdr){ CMSG_LEN(sizeof segment), IPPROTO_UDP, UDP_SEGMENT };
    memcpy(CMSG_DATA(c), &segment, sizeof segment);
    header->msg_controllen += CMSG_SPACE(sizeof segment);
}

static socklen_t write_peer(struct sockaddr_in6 *peer, const uint32_t *run, bool is_ipv6) {
    in_port_t port = htons((uint16_t)run[OUT_PORT]);
    if (!is_ipv6) {
        struct sockaddr_in ipv4 = { .sin_family = AF_INET, .sin_port = port,
                                    .sin_addr.s_addr = htonl(run[OUT_PEER]) };
        memcpy(peer, &ipv4, sizeof ipv4);
        return sizeof ipv4;
    }
    *peer = (struct sockaddr_in6){ .sin6_family = AF_INET6, .sin6_port = port,
                                   .sin6_scope_id = run[OUT_SCOPE] };
    for (int word = 0; word < 4; word++) {
        peer->sin6_addr.s6_addr32[word] = htonl(run[OUT_PEER + word]);
    }
    return sizeof *peer;
}

/* Where sending has got to in the runs of one socket. */
struct cursor {
    uint32_t run, done; /* bytes done with of that run */
    uint32_t plain;     /* the run that the kernel would not cut, or NONE */
};

/* Describes the next datagram or segmented run as message `index`, and moves the cursor past it. */
static void describe_message(struct transport *t, const struct outgoing *out, struct cursor *at,
                             uint32_t index) {
    const uint32_t *run = out->runs + (size_t)at->run * OUT_WORDS;
    bool is_ipv6 = t->sockets[run[OUT_SOCKET]].is_ipv6;
    uint32_t segment = run[OUT_SEGMENT], bytes = run[OUT_BYTES] - at->done, most = segment;
    if (t->plain_runs > 0 && at->done == 0) t->plain_runs--;
    if (t->plain_runs == 0 && at->plain != at->run && segment <= SEGMENTED_BYTES) {
        uint32_t segments = SEGMENTED_BYTES / segment;
        most = segment * (segments < SEGMENTS_MAX ? segments : SEGMENTS_MAX);
    }
    if (bytes > most) bytes = most;
    t->out_pieces[index] = (struct iovec){ out->slab + run[OUT_OFFSET] + at->done, bytes };
    struct msghdr *header = &t->out_headers[index].msg_hdr;
    *header = (struct msghdr){ .msg_name = &t->out_peers[index], .msg_iov = &t->out_pieces[index],
                               .msg_iovlen = 1, .msg_control = &t->out_controls[index] };
    header->msg_namelen = write_peer(&t->out_peers[index], run, is_ipv6);
    if (run[OUT_PINNED]) pin(header, run, is_ipv6);
    if (bytes > segment) cut(header, (uint16_t)segment);
    t->out_runs[index] = at->run;
    at->done += bytes;
    if (at->done < run[OUT_BYTES]) return;
    at->run = t->next[at->run];
    at->done = 0;
}

/* The cursor back at the beginning of message `index`. */
static void rewind_to(const struct transport *t, const struct outgoing *out, struct cursor *at,
                      uint32_t index) {
    at->run = t->out_runs[index];
    uint8_t *start = out->slab + out->runs[(size_t)at->run * OUT_WORDS + OUT_OFFSET];
    at->done = (uint32_t)((uint8_t *)t->out_pieces[index].iov_base - start);
}

/* A device without checksum offload says EIO, a path too narrow for the segments EINVAL or
 * EMSGSIZE. */
static bool is_refused_segmenting(int number) {
    return number == EIO || number == EINVAL || number == EMSGSIZE || number == EOPNOTSUPP;
}

static uint32_t keep_rest(struct transport *t, const struct outgoing *out, struct cursor at) {
    uint32_t kept = 0;
    watch_socket(t, out->runs[(size_t)at.run * OUT_WORDS], EPOLLIN | EPOLLOUT, EPOLL_CTL_MOD);
    for (; at.run != NONE; at.run = t->next[at.run], at.done = 0, kept++) {
        out->results[at.run * RESULT_WORDS + RESULT_ERRNO] = EAGAIN;
        out->results[at.run * RESULT_WORDS + RESULT_BYTES] = (int32_t)at.done;
    }
    return kept;
}

/* Sends the runs of one socket in their order. Returns how many were kept or failed. */
static uint32_t send_socket(struct transport *t, const struct outgoing *out, uint32_t socket) {
    struct cursor at = { .run = t->sockets[socket].first, .done = 0, .plain = NONE };
    uint32_t troubled = 0;
    while (at.run != NONE) {
        uint32_t count = 0;
        while (at.run != NONE && count < MESSAGES) describe_message(t, out, &at, count++);
        int sent = sendmmsg(t->sockets[socket].fd, t->out_headers, count, MSG_DONTWAIT);
        if (sent == (int)count) continue;
        int number = sent < 0 ? errno : 0;
        rewind_to(t, out, &at, sent < 0 ? 0 : (uint32_t)sent);
        /* After a part, the next call tells what stopped it. */
        if (sent >= 0 || number == EINTR) continue;
        if (number == EAGAIN) return troubled + keep_rest(t, out, at);
        const struct iovec *piece = &t->out_pieces[0];
        const uint32_t *run = out->runs + (size_t)at.run * OUT_WORDS;
        if (piece->iov_len > run[OUT_SEGMENT] && is_refused_segmenting(number)) {
            at.plain = at.run;
            if (number == EIO) t->plain_runs = REFUSAL_RUNS;
            continue;
        }
        int32_t *result = out->results + (size_t)at.run * RESULT_WORDS;
        if (result[RESULT_ERRNO] == 0) troubled++;
        result[RESULT_ERRNO] = number;
        at.done += (uint32_t)piece->iov_len;
        if (at.done < run[OUT_BYTES]) continue;
        at.run = t->next[at.run];
        at.done = 0;
    }
    return troubled;
}

bool is_sendable(const struct transport *t, const uint32_t *run, size_t slab_bytes) {
    return run[OUT_SOCKET] < t->socket_count && run[OUT_BYTES] > 0 && run[OUT_SEGMENT] > 0 &&
           (size_t)run[OUT_OFFSET] + run[OUT_BYTES] <= slab_bytes;
}

/* Lists the runs of each socket in their order: one system call carries those of one socket. */
static void sort_runs(struct transport *t, const uint32_t *runs, uint32_t count) {
    for (uint32_t index = 0; index < count; index++) {
        struct udp_socket *socket = &t->sockets[runs[(size_t)index * OUT_WORDS + OUT_SOCKET]];
        t->next[index] = NONE;
        if (socket->first == NONE) socket->first = index;
        else t->next[socket->last] = index;
        socket->last = index;
    }
}

uint32_t send_runs(struct transport *t, const struct outgoing *out, uint32_t count) {
    uint32_t troubled = 0;
    sort_runs(t, out->runs, count);
    for (uint32_t index = 0; index < count; index++) {
        uint32_t socket = out->runs[(size_t)index * OUT_WORDS + OUT_SOCKET];
        if (t->sockets[socket].first == NONE) continue;
        troubled += send_socket(t, out, socket);
        t->sockets[socket].first = NONE;
    }
    return troubled;
}

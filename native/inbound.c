/* Receiving: epoll says which sockets have something, recvmmsg reads it into slots of a slab. */
#include "transport.h"
#include <arpa/inet.h>
#include <errno.h>
#include <string.h>
#include <sys/epoll.h>

static void read_pktinfo(struct msghdr *header, uint32_t *end) {
    memset(end + IN_LOCAL, 0, 5 * sizeof *end);
    for (struct cmsghdr *c = CMSG_FIRSTHDR(header); c != NULL; c = CMSG_NXTHDR(header, c)) {
        if (c->cmsg_level == IPPROTO_IP && c->cmsg_type == IP_PKTINFO) {
            struct in_pktinfo info;
            memcpy(&info, CMSG_DATA(c), sizeof info);
            /* For a broadcast this is the unicast address that reaches the sender (ip(7)). */
            end[IN_LOCAL] = ntohl(info.ipi_spec_dst.s_addr);
            end[IN_INTERFACE] = (uint32_t)info.ipi_ifindex;
        } else if (c->cmsg_level == IPPROTO_IPV6 && c->cmsg_type == IPV6_PKTINFO) {
            struct in6_pktinfo info;
            memcpy(&info, CMSG_DATA(c), sizeof info);
            for (int word = 0; word < 4; word++) {
                end[IN_LOCAL + word] = ntohl(info.ipi6_addr.s6_addr32[word]);
            }
            end[IN_INTERFACE] = info.ipi6_ifindex;
        }
    }
}

static void describe(struct transport *t, uint32_t slot, uint32_t socket) {
    uint32_t *end = t->ends + (size_t)slot * IN_WORDS;
    const struct sockaddr_in6 *peer = &t->in_peers[slot];
    end[IN_SOCKET] = socket;
    end[IN_PORT] = ntohs(peer->sin6_port); /* at the same place in both families */
    if (t->sockets[socket].is_ipv6) {
        for (int word = 0; word < 4; word++) {
            end[IN_PEER + word] = ntohl(peer->sin6_addr.s6_addr32[word]);
        }
        end[IN_SCOPE] = peer->sin6_scope_id;
    } else {
        struct sockaddr_in ipv4;
        memcpy(&ipv4, peer, sizeof ipv4);
        end[IN_PEER] = ntohl(ipv4.sin_addr.s_addr);
        end[IN_SCOPE] = 0;
    }
    if (t->sockets[socket].is_wildcard) read_pktinfo(&t->in_headers[slot].msg_hdr, end);
    t->offsets[slot] = slot * t->stride;
    t->lengths[slot] = t->in_headers[slot].msg_len;
}

/* Reads what waits in one socket into the slots from `slot` to `end`. Returns the next free one. */
static uint32_t receive(struct transport *t, uint32_t socket, uint32_t slot, uint32_t end) {
    for (uint32_t index = slot; index < end; index++) {
        t->in_headers[index].msg_hdr.msg_namelen = sizeof t->in_peers[index];
        t->in_headers[index].msg_hdr.msg_controllen = sizeof t->in_controls[index];
    }
    int count, fd = t->sockets[socket].fd;
    do {
        count = recvmmsg(fd, t->in_headers + slot, end - slot, MSG_DONTWAIT, NULL);
    } while (count < 0 && errno == EINTR);
    /* Any other failure clears the error of the socket, and the next datagram is read as usual. */
    for (int index = 0; index < count; index++) describe(t, slot + (uint32_t)index, socket);
    return count > 0 ? slot + (uint32_t)count : slot;
}

void watch_socket(struct transport *t, uint32_t socket, uint32_t events, int operation) {
    struct epoll_event event = { .events = events, .data.u32 = socket };
    epoll_ctl(t->epoll_fd, operation, t->sockets[socket].fd, &event);
}

uint32_t receive_ready(struct transport *t, bool *is_writable) {
    struct epoll_event events[EVENTS];
    int count = epoll_wait(t->epoll_fd, events, EVENTS, 0);
    *is_writable = false;
    uint32_t listeners = 0, others = 0, used = 0;
    for (int index = 0; index < count; index++) {
        uint32_t socket = events[index].data.u32;
        if (events[index].events & EPOLLOUT) {
            watch_socket(t, socket, EPOLLIN, EPOLL_CTL_MOD);
            *is_writable = true;
        }
        if (t->sockets[socket].is_listener) listeners++;
        else others++;
    }
    /* Requests first: theirs is the queue that overflows, and a request that a device repeats while
     * it waits should be read before what the device sends to the answer of the first. But only a
     * few at a time: one whose file is made for the first time costs as much as a hundred ACKs, and
     * with half of the room transfers stood still for seconds while thousands booted. */
    for (int index = 0; index < count && listeners > 0; index++) {
        if (!t->sockets[events[index].data.u32].is_listener) continue;
        uint32_t end = others > 0 ? t->slots / 16 : t->slots;
        if (used < end) used = receive(t, events[index].data.u32, used, end);
    }
    for (int index = 0; index < count && used < t->slots; index++) {
        if (t->sockets[events[index].data.u32].is_listener) continue;
        used = receive(t, events[index].data.u32, used, t->slots);
    }
    return used;
}

/*
 * What the parts of the addon share: how datagrams are described in words, and one open transport.
 * The words are those of src/transport/batch/words.ts.
 */
#ifndef TRIVET_TRANSPORT_H
#define TRIVET_TRANSPORT_H

#define _GNU_SOURCE
#define NAPI_VERSION 8
#include <netinet/in.h>
#include <node_api.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/socket.h>

#define NONE UINT32_MAX

enum {
    EVENTS = 64,            /* sockets looked at in one go */
    MESSAGES = 64,          /* sent by one system call */
    SEGMENTS_MAX = 64,      /* UDP_MAX_SEGMENTS of the kernel */
    SEGMENTED_BYTES = 65487, /* 65,535 less the headers of IPv6 and UDP */
    REFUSAL_RUNS = 1024,    /* runs sent without UDP_SEGMENT after the device refused one */
    CONTROL_BYTES = 64,     /* room for the address and the segment size */
};

/* One datagram received, as 12 words: socket, port, peer, scope, local address, its interface. */
enum { IN_SOCKET, IN_PORT, IN_PEER, IN_SCOPE = 6, IN_LOCAL, IN_INTERFACE = 11, IN_WORDS };

/* One run to send, as 16 words. OUT_PINNED: the run leaves from OUT_LOCAL. */
enum {
    OUT_SOCKET, OUT_OFFSET, OUT_BYTES, OUT_SEGMENT, OUT_PORT, OUT_PEER, OUT_SCOPE = 9,
    OUT_PINNED, OUT_LOCAL, OUT_INTERFACE = 15, OUT_WORDS
};

/* How a socket is bound. */
enum { BIND_LISTENER = 1, BIND_REUSE_PORT = 2 };

/* What became of a run, as 2 words: 0 or an errno, and how many bytes are done with. */
enum { RESULT_ERRNO, RESULT_BYTES, RESULT_WORDS };

struct control {
    _Alignas(struct cmsghdr) unsigned char bytes[CONTROL_BYTES];
};

struct udp_socket {
    int fd;
    bool is_ipv6, is_wildcard, is_listener;
    uint32_t first, last; /* of the runs of one call, a list through transport.next; NONE: empty */
};

struct transport {
    napi_env env;
    napi_ref on_ready, on_closed, arrays[4];
    napi_async_cleanup_hook_handle cleanup;
    void *poll; /* of libuv */
    int epoll_fd;
    int owners; /* JavaScript and the event loop; the last to go frees it */
    bool is_closing, is_ending;
    uint8_t *slab;
    uint32_t *offsets, *lengths, *ends;
    uint32_t slots, stride;
    struct udp_socket *sockets;
    uint32_t socket_count;
    uint32_t *next, next_count;
    uint32_t plain_runs; /* how many more runs do without UDP_SEGMENT */
    struct mmsghdr *in_headers;
    struct iovec *in_pieces;
    struct sockaddr_in6 *in_peers;
    struct control *in_controls;
    struct mmsghdr out_headers[MESSAGES];
    struct iovec out_pieces[MESSAGES];
    struct sockaddr_in6 out_peers[MESSAGES];
    struct control out_controls[MESSAGES];
    uint32_t out_runs[MESSAGES];
};

/* A call of `send`: what its runs are made of, and where their results go. */
struct outgoing {
    uint8_t *slab;
    const uint32_t *runs;
    int32_t *results;
};

/* Asks epoll for events of a socket: `operation` is EPOLL_CTL_ADD or EPOLL_CTL_MOD. */
void watch_socket(struct transport *t, uint32_t socket, uint32_t events, int operation);

/* Reads what waits, as far as there is room. Returns how many datagrams, and whether a socket that
 * was full can send again. */
uint32_t receive_ready(struct transport *t, bool *is_writable);

/* Whether a run names a socket and lies inside its slab. */
bool is_sendable(const struct transport *t, const uint32_t *run, size_t slab_bytes);

/* Sends runs that are sendable, with room for as many in `next`. Returns how many were kept
 * (EAGAIN) or failed; their results say why. */
uint32_t send_runs(struct transport *t, const struct outgoing *out, uint32_t count);

#endif

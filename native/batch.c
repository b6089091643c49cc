/*
 * Moves UDP datagrams between sockets and two slabs of JavaScript: recvmmsg in, sendmmsg out, one
 * call into JavaScript for all that arrived. Knows no protocol and decides nothing: which addresses
 * are listened on, who is answered and what a failure means is up to src/transport/batch.
 *
 * All sockets sit in one epoll set, and the event loop of Node watches that one descriptor.
 */
#define _GNU_SOURCE
#define NAPI_VERSION 8
#include <arpa/inet.h>
#include <errno.h>
#include <net/if.h>
#include <netinet/in.h>
#include <node_api.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

/* The few names of libuv in use, which node exports; its headers don't come with Node-API. */
typedef void uv_handle;
extern size_t uv_handle_size(int type);
extern int uv_poll_init(struct uv_loop_s *loop, uv_handle *handle, int fd);
extern int uv_poll_start(uv_handle *handle, int events, void (*on_event)(uv_handle *, int, int));
extern void uv_close(uv_handle *handle, void (*on_closed)(uv_handle *));
extern void uv_handle_set_data(uv_handle *handle, void *data);
extern void *uv_handle_get_data(const uv_handle *handle);
enum { UV_TYPE_POLL = 8, UV_EVENT_READABLE = 1 };

#ifndef UDP_SEGMENT
#define UDP_SEGMENT 103
#endif

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
    uv_handle *poll;
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

#define NONE UINT32_MAX

static void release(struct transport *t) {
    if (--t->owners > 0) return;
    free(t->sockets);
    free(t->next);
    free(t->in_headers);
    free(t->in_pieces);
    free(t->in_peers);
    free(t->in_controls);
    free(t);
}

static void throw_errno(napi_env env, int number) {
    napi_throw_error(env, NULL, strerror(number));
}

/* ---- Calls into JavaScript ---- */

static void call(struct transport *t, napi_ref reference, size_t count, napi_value *arguments) {
    napi_value function, global, thrown;
    if (napi_get_reference_value(t->env, reference, &function) != napi_ok) return;
    napi_get_global(t->env, &global);
    napi_status status = napi_make_callback(t->env, NULL, global, function, count, arguments, NULL);
    if (status != napi_pending_exception) return;
    if (napi_get_and_clear_last_exception(t->env, &thrown) != napi_ok) return;
    napi_fatal_exception(t->env, thrown);
}

static void report_ready(struct transport *t, uint32_t count, bool is_writable) {
    napi_handle_scope scope;
    napi_value arguments[2];
    napi_open_handle_scope(t->env, &scope);
    napi_create_uint32(t->env, count, &arguments[0]);
    napi_get_boolean(t->env, is_writable, &arguments[1]);
    call(t, t->on_ready, 2, arguments);
    napi_close_handle_scope(t->env, scope);
}

/* ---- Receiving ---- */

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

/* Reads what waits in one socket, into the slots from `slot` to `end`. Returns the next free one. */
static uint32_t receive(struct transport *t, uint32_t socket, uint32_t slot, uint32_t end) {
    for (uint32_t index = slot; index < end; index++) {
        t->in_headers[index].msg_hdr.msg_namelen = sizeof t->in_peers[index];
        t->in_headers[index].msg_hdr.msg_controllen = sizeof t->in_controls[index];
    }
    int count;
    do {
        count = recvmmsg(t->sockets[socket].fd, t->in_headers + slot, end - slot, MSG_DONTWAIT, NULL);
    } while (count < 0 && errno == EINTR);
    /* Any other failure clears the error of the socket, and the next datagram is read as usual. */
    for (int index = 0; index < count; index++) describe(t, slot + (uint32_t)index, socket);
    return count > 0 ? slot + (uint32_t)count : slot;
}

static void watch(struct transport *t, uint32_t socket, uint32_t events, int operation) {
    struct epoll_event event = { .events = events, .data.u32 = socket };
    epoll_ctl(t->epoll_fd, operation, t->sockets[socket].fd, &event);
}

static void on_event(uv_handle *poll, int status, int ignored) {
    struct transport *t = uv_handle_get_data(poll);
    struct epoll_event events[EVENTS];
    (void)status;
    (void)ignored;
    int count = epoll_wait(t->epoll_fd, events, EVENTS, 0);
    bool is_writable = false;
    uint32_t listeners = 0, others = 0, used = 0;
    for (int index = 0; index < count; index++) {
        uint32_t socket = events[index].data.u32;
        if (events[index].events & EPOLLOUT) {
            watch(t, socket, EPOLLIN, EPOLL_CTL_MOD);
            is_writable = true;
        }
        if (t->sockets[socket].is_listener) listeners++;
        else others++;
    }
    /* Requests first, for their queue is the one that overflows; but never all the room. */
    for (int index = 0; index < count && listeners > 0; index++) {
        if (!t->sockets[events[index].data.u32].is_listener) continue;
        uint32_t end = others > 0 ? t->slots / 2 : t->slots;
        if (used < end) used = receive(t, events[index].data.u32, used, end);
    }
    for (int index = 0; index < count && used < t->slots; index++) {
        if (t->sockets[events[index].data.u32].is_listener) continue;
        used = receive(t, events[index].data.u32, used, t->slots);
    }
    if (used > 0 || is_writable) report_ready(t, used, is_writable);
}

/* ---- Sending ---- */

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
    if (!is_ipv6) {
        struct sockaddr_in ipv4 = { .sin_family = AF_INET, .sin_port = htons((uint16_t)run[OUT_PORT]),
                                    .sin_addr.s_addr = htonl(run[OUT_PEER]) };
        memcpy(peer, &ipv4, sizeof ipv4);
        return sizeof ipv4;
    }
    *peer = (struct sockaddr_in6){ .sin6_family = AF_INET6, .sin6_port = htons((uint16_t)run[OUT_PORT]),
                                   .sin6_scope_id = run[OUT_SCOPE] };
    for (int word = 0; word < 4; word++) peer->sin6_addr.s6_addr32[word] = htonl(run[OUT_PEER + word]);
    return sizeof *peer;
}

/* Where sending has got to in the runs of one socket. */
struct cursor {
    uint32_t run, done; /* bytes done with of that run */
    uint32_t plain;     /* the run that the kernel would not cut, or NONE */
};

struct outgoing {
    uint8_t *slab;
    const uint32_t *runs;
    int32_t *results;
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

/* A device without checksum offload says EIO, a path too narrow for the segments EINVAL or EMSGSIZE. */
static bool is_refused_segmenting(int number) {
    return number == EIO || number == EINVAL || number == EMSGSIZE || number == EOPNOTSUPP;
}

static uint32_t keep_rest(struct transport *t, const struct outgoing *out, struct cursor at) {
    uint32_t kept = 0;
    watch(t, out->runs[(size_t)at.run * OUT_WORDS], EPOLLIN | EPOLLOUT, EPOLL_CTL_MOD);
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

/* ---- What JavaScript calls ---- */

static bool read_array(napi_env env, napi_value value, napi_typedarray_type type, void **data,
                       size_t *length) {
    napi_typedarray_type actual;
    napi_status status = napi_get_typedarray_info(env, value, &actual, length, data, NULL, NULL);
    if (status == napi_ok && actual == type) return true;
    napi_throw_type_error(env, NULL, "Cannot read an array of the wrong type");
    return false;
}

static struct transport *read_transport(napi_env env, napi_callback_info info, size_t count,
                                        napi_value *arguments) {
    struct transport *t = NULL;
    size_t given = count;
    napi_get_cb_info(env, info, &given, arguments, NULL, NULL);
    if (given == count && napi_get_value_external(env, arguments[0], (void **)&t) == napi_ok &&
        !t->is_closing) {
        return t;
    }
    napi_throw_type_error(env, NULL, "Cannot use a transport that is closed");
    return NULL;
}

static void on_poll_closed(uv_handle *poll) {
    struct transport *t = uv_handle_get_data(poll);
    free(poll);
    napi_handle_scope scope;
    napi_open_handle_scope(t->env, &scope);
    if (t->on_closed != NULL && !t->is_ending) call(t, t->on_closed, 0, NULL);
    for (int index = 0; index < 4; index++) napi_delete_reference(t->env, t->arrays[index]);
    napi_delete_reference(t->env, t->on_ready);
    if (t->on_closed != NULL) napi_delete_reference(t->env, t->on_closed);
    napi_close_handle_scope(t->env, scope);
    napi_remove_async_cleanup_hook(t->cleanup);
    release(t);
}

static void begin_close(struct transport *t) {
    t->is_closing = true;
    uv_close(t->poll, on_poll_closed);
    for (uint32_t index = 0; index < t->socket_count; index++) close(t->sockets[index].fd);
    close(t->epoll_fd);
}

/* The environment ends with the transport open: a worker was stopped, or the process exits. */
static void on_env_end(napi_async_cleanup_hook_handle handle, void *data) {
    struct transport *t = data;
    (void)handle;
    t->is_ending = true;
    if (!t->is_closing) begin_close(t);
}

static void on_collected(napi_env env, void *data, void *hint) {
    (void)env;
    (void)hint;
    release(data);
}

static bool allocate_inbound(struct transport *t) {
    t->in_headers = calloc(t->slots, sizeof *t->in_headers);
    t->in_pieces = calloc(t->slots, sizeof *t->in_pieces);
    t->in_peers = calloc(t->slots, sizeof *t->in_peers);
    t->in_controls = calloc(t->slots, sizeof *t->in_controls);
    if (!t->in_headers || !t->in_pieces || !t->in_peers || !t->in_controls) return false;
    for (uint32_t slot = 0; slot < t->slots; slot++) {
        t->in_pieces[slot] = (struct iovec){ t->slab + (size_t)slot * t->stride, t->stride };
        t->in_headers[slot].msg_hdr = (struct msghdr){
            .msg_name = &t->in_peers[slot], .msg_iov = &t->in_pieces[slot], .msg_iovlen = 1,
            .msg_control = &t->in_controls[slot],
        };
    }
    return true;
}

static bool start_polling(struct transport *t) {
    struct uv_loop_s *loop;
    t->epoll_fd = epoll_create1(EPOLL_CLOEXEC);
    if (t->epoll_fd < 0) return false;
    t->poll = calloc(1, uv_handle_size(UV_TYPE_POLL));
    int failed = t->poll == NULL ? -ENOMEM : 0;
    if (!failed && napi_get_uv_event_loop(t->env, &loop) != napi_ok) failed = -EINVAL;
    if (!failed) failed = uv_poll_init(loop, t->poll, t->epoll_fd);
    if (failed) {
        free(t->poll);
        close(t->epoll_fd);
        errno = -failed;
        return false;
    }
    uv_handle_set_data(t->poll, t);
    uv_poll_start(t->poll, UV_EVENT_READABLE, on_event);
    return true;
}

/* create(slab, offsets, lengths, ends, onReady): a transport with as many slots as offsets. */
static napi_value create(napi_env env, napi_callback_info info) {
    napi_value arguments[5], external = NULL;
    size_t count = 5, slab_bytes, slots, lengths, words;
    void *slab, *offsets, *sizes, *ends;
    napi_get_cb_info(env, info, &count, arguments, NULL, NULL);
    if (!read_array(env, arguments[0], napi_uint8_array, &slab, &slab_bytes) ||
        !read_array(env, arguments[1], napi_uint32_array, &offsets, &slots) ||
        !read_array(env, arguments[2], napi_uint32_array, &sizes, &lengths) ||
        !read_array(env, arguments[3], napi_uint32_array, &ends, &words)) {
        return NULL;
    }
    if (slots == 0 || lengths != slots || words != slots * IN_WORDS) {
        napi_throw_range_error(env, NULL, "Cannot use arrays of different lengths");
        return NULL;
    }
    struct transport *t = calloc(1, sizeof *t);
    if (t == NULL) return throw_errno(env, ENOMEM), NULL;
    *t = (struct transport){ .env = env, .owners = 1, .slab = slab, .offsets = offsets,
                             .lengths = sizes, .ends = ends, .slots = (uint32_t)slots,
                             .stride = (uint32_t)(slab_bytes / slots) };
    if (!allocate_inbound(t) || !start_polling(t)) {
        throw_errno(env, errno);
        release(t);
        return NULL;
    }
    for (int index = 0; index < 4; index++) {
        napi_create_reference(env, arguments[index], 1, &t->arrays[index]);
    }
    napi_create_reference(env, arguments[4], 1, &t->on_ready);
    napi_add_async_cleanup_hook(env, on_env_end, t, &t->cleanup);
    t->owners = 2;
    napi_create_external(env, t, on_collected, NULL, &external);
    return external;
}

/* Asks past the limit of the system, which needs CAP_NET_ADMIN, else up to it. */
static uint32_t grow_receive_buffer(int fd, int bytes) {
    int granted = 0;
    socklen_t length = sizeof granted;
    if (setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &bytes, sizeof bytes) != 0) {
        setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &bytes, sizeof bytes);
    }
    getsockopt(fd, SOL_SOCKET, SO_RCVBUF, &granted, &length);
    return (uint32_t)granted / 2; /* twice what is granted, the half for bookkeeping (socket(7)) */
}

static bool write_place(char *text, uint16_t port, struct sockaddr_in6 *place, bool is_ipv6) {
    if (!is_ipv6) {
        struct sockaddr_in ipv4 = { .sin_family = AF_INET, .sin_port = htons(port) };
        bool is_address = inet_pton(AF_INET, text, &ipv4.sin_addr) == 1;
        memcpy(place, &ipv4, sizeof ipv4);
        return is_address;
    }
    *place = (struct sockaddr_in6){ .sin6_family = AF_INET6, .sin6_port = htons(port) };
    char *scope = strchr(text, '%');
    if (scope != NULL) {
        *scope = '\0';
        place->sin6_scope_id = if_nametoindex(scope + 1);
        if (place->sin6_scope_id == 0) place->sin6_scope_id = (uint32_t)strtoul(scope + 1, NULL, 10);
    }
    return inet_pton(AF_INET6, text, &place->sin6_addr) == 1;
}

/* Opens and binds. Returns the descriptor, or the negative errno. */
static int bind_socket(struct sockaddr_in6 *place, bool is_ipv6, bool is_wildcard) {
    socklen_t length = is_ipv6 ? sizeof *place : sizeof(struct sockaddr_in);
    int family = is_ipv6 ? AF_INET6 : AF_INET, yes = 1;
    int fd = socket(family, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (fd < 0) return -errno;
    bool is_set = true;
    if (is_ipv6) is_set = setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &yes, sizeof yes) == 0;
    if (is_set && is_wildcard) {
        is_set = is_ipv6 ? setsockopt(fd, IPPROTO_IPV6, IPV6_RECVPKTINFO, &yes, sizeof yes) == 0
                         : setsockopt(fd, IPPROTO_IP, IP_PKTINFO, &yes, sizeof yes) == 0;
    }
    if (is_set && bind(fd, (struct sockaddr *)place, length) == 0 &&
        getsockname(fd, (struct sockaddr *)place, &length) == 0) {
        return fd;
    }
    int number = errno;
    close(fd);
    return -number;
}

/* bind(transport, address, port, bufferBytes, isListener, out): out gets socket, port and buffer
 * size. Returns 0 or the negative errno. */
static napi_value bind_udp(napi_env env, napi_callback_info info) {
    napi_value arguments[6], result;
    struct transport *t = read_transport(env, info, 6, arguments);
    if (t == NULL) return NULL;
    char text[INET6_ADDRSTRLEN + IF_NAMESIZE + 1] = "";
    uint32_t port = 0, buffer_bytes = 0;
    bool is_listener = false;
    void *out;
    size_t length;
    napi_get_value_string_utf8(env, arguments[1], text, sizeof text, NULL);
    napi_get_value_uint32(env, arguments[2], &port);
    napi_get_value_uint32(env, arguments[3], &buffer_bytes);
    napi_get_value_bool(env, arguments[4], &is_listener);
    if (!read_array(env, arguments[5], napi_uint32_array, &out, &length) || length < 3) return NULL;
    bool is_ipv6 = strchr(text, ':') != NULL;
    bool is_wildcard = strcmp(text, "0.0.0.0") == 0 || strcmp(text, "::") == 0;
    struct sockaddr_in6 place;
    int fd = write_place(text, (uint16_t)port, &place, is_ipv6)
                 ? bind_socket(&place, is_ipv6, is_wildcard) : -EINVAL;
    struct udp_socket *grown = fd < 0 ? NULL
        : realloc(t->sockets, (t->socket_count + 1) * sizeof *t->sockets);
    if (fd >= 0 && grown == NULL) {
        close(fd);
        fd = -ENOMEM;
    }
    if (fd >= 0) {
        uint32_t socket = t->socket_count++;
        t->sockets = grown;
        t->sockets[socket] = (struct udp_socket){ .fd = fd, .is_ipv6 = is_ipv6,
            .is_wildcard = is_wildcard, .is_listener = is_listener, .first = NONE, .last = NONE };
        ((uint32_t *)out)[0] = socket;
        ((uint32_t *)out)[1] = ntohs(place.sin6_port);
        ((uint32_t *)out)[2] = grow_receive_buffer(fd, (int)buffer_bytes);
        watch(t, socket, EPOLLIN, EPOLL_CTL_ADD);
    }
    napi_create_int32(env, fd < 0 ? fd : 0, &result);
    return result;
}

static bool is_sendable(const struct transport *t, const uint32_t *run, size_t slab_bytes) {
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

/* send(transport, slab, runs, count, results): how many runs were kept (EAGAIN) or failed. */
static napi_value send_udp(napi_env env, napi_callback_info info) {
    napi_value arguments[5], result;
    struct transport *t = read_transport(env, info, 5, arguments);
    if (t == NULL) return NULL;
    void *slab, *runs, *results;
    size_t slab_bytes, words, result_words;
    uint32_t count = 0, troubled = 0;
    if (!read_array(env, arguments[1], napi_uint8_array, &slab, &slab_bytes) ||
        !read_array(env, arguments[2], napi_uint32_array, &runs, &words) ||
        !read_array(env, arguments[4], napi_int32_array, &results, &result_words)) {
        return NULL;
    }
    napi_get_value_uint32(env, arguments[3], &count);
    bool is_valid = words >= (size_t)count * OUT_WORDS && result_words >= (size_t)count * RESULT_WORDS;
    struct outgoing out = { slab, runs, results };
    for (uint32_t index = 0; index < count && is_valid; index++) {
        is_valid = is_sendable(t, out.runs + (size_t)index * OUT_WORDS, slab_bytes);
    }
    if (!is_valid) return napi_throw_range_error(env, NULL, "Cannot send a run outside its slab"), NULL;
    if (t->next_count < count) {
        uint32_t *grown = realloc(t->next, count * sizeof *t->next);
        if (grown == NULL) return throw_errno(env, ENOMEM), NULL;
        t->next = grown;
        t->next_count = count;
    }
    memset(results, 0, (size_t)count * RESULT_WORDS * sizeof(int32_t));
    sort_runs(t, out.runs, count);
    for (uint32_t index = 0; index < count; index++) {
        uint32_t socket = out.runs[(size_t)index * OUT_WORDS + OUT_SOCKET];
        if (t->sockets[socket].first == NONE) continue;
        troubled += send_socket(t, &out, socket);
        t->sockets[socket].first = NONE;
    }
    napi_create_uint32(env, troubled, &result);
    return result;
}

/* close(transport, onClosed) */
static napi_value close_transport(napi_env env, napi_callback_info info) {
    napi_value arguments[2];
    struct transport *t = read_transport(env, info, 2, arguments);
    if (t == NULL) return NULL;
    napi_create_reference(env, arguments[1], 1, &t->on_closed);
    begin_close(t);
    return NULL;
}

/* interfaceName(index): the name, or the empty string. */
static napi_value interface_name(napi_env env, napi_callback_info info) {
    napi_value argument, result;
    size_t count = 1;
    uint32_t index = 0;
    char name[IF_NAMESIZE] = "";
    napi_get_cb_info(env, info, &count, &argument, NULL, NULL);
    napi_get_value_uint32(env, argument, &index);
    if (if_indextoname(index, name) == NULL) name[0] = '\0';
    napi_create_string_utf8(env, name, NAPI_AUTO_LENGTH, &result);
    return result;
}

/* interfaceIndex(name): the index, or 0. */
static napi_value interface_index(napi_env env, napi_callback_info info) {
    napi_value argument, result;
    size_t count = 1;
    char name[IF_NAMESIZE] = "";
    napi_get_cb_info(env, info, &count, &argument, NULL, NULL);
    napi_get_value_string_utf8(env, argument, name, sizeof name, NULL);
    napi_create_uint32(env, if_nametoindex(name), &result);
    return result;
}

NAPI_MODULE_INIT() {
    napi_property_descriptor functions[] = {
        { "create", NULL, create, NULL, NULL, NULL, napi_enumerable, NULL },
        { "bind", NULL, bind_udp, NULL, NULL, NULL, napi_enumerable, NULL },
        { "send", NULL, send_udp, NULL, NULL, NULL, napi_enumerable, NULL },
        { "close", NULL, close_transport, NULL, NULL, NULL, napi_enumerable, NULL },
        { "interfaceName", NULL, interface_name, NULL, NULL, NULL, napi_enumerable, NULL },
        { "interfaceIndex", NULL, interface_index, NULL, NULL, NULL, napi_enumerable, NULL },
    };
    napi_define_properties(env, exports, sizeof functions / sizeof *functions, functions);
    return exports;
}

/*
 * Moves UDP datagrams between sockets and two slabs of JavaScript: recvmmsg in, sendmmsg out, one
 * call into JavaScript for all that arrived. Knows no protocol and decides nothing: which addresses
 * are listened on, who is answered and what a failure means is up to src/transport/batch.
 *
 * This file is what JavaScript calls, and the life of a transport; inbound.c receives, outbound.c
 * sends.
 * All sockets sit in one epoll set, and the event loop of Node watches that one descriptor.
 */
#include "transport.h"
#include <arpa/inet.h>
#include <errno.h>
#include <net/if.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
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

static void on_event(uv_handle *poll, int status, int events) {
    struct transport *t = uv_handle_get_data(poll);
    bool is_writable;
    (void)status;
    (void)events;
    uint32_t count = receive_ready(t, &is_writable);
    if (count > 0 || is_writable) report_ready(t, count, is_writable);
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
        uint32_t index = if_nametoindex(scope + 1);
        place->sin6_scope_id = index != 0 ? index : (uint32_t)strtoul(scope + 1, NULL, 10);
    }
    return inet_pton(AF_INET6, text, &place->sin6_addr) == 1;
}

/* Opens and binds. Returns the descriptor, or the negative errno. */
static int bind_socket(struct sockaddr_in6 *place, bool is_ipv6, bool is_wildcard, uint32_t flags) {
    socklen_t length = is_ipv6 ? sizeof *place : sizeof(struct sockaddr_in);
    int family = is_ipv6 ? AF_INET6 : AF_INET, yes = 1;
    int fd = socket(family, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (fd < 0) return -errno;
    bool is_set = true;
    if (is_ipv6) is_set = setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &yes, sizeof yes) == 0;
    if (is_set && flags & BIND_REUSE_PORT) {
        is_set = setsockopt(fd, SOL_SOCKET, SO_REUSEPORT, &yes, sizeof yes) == 0;
    }
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

/* bind(transport, address, port, bufferBytes, flags, out): out gets socket, port and buffer
 * size. Returns 0 or the negative errno. */
static napi_value bind_udp(napi_env env, napi_callback_info info) {
    napi_value arguments[6], result;
    struct transport *t = read_transport(env, info, 6, arguments);
    if (t == NULL) return NULL;
    char text[INET6_ADDRSTRLEN + IF_NAMESIZE + 1] = "";
    uint32_t port = 0, buffer_bytes = 0, flags = 0;
    void *out;
    size_t length;
    napi_get_value_string_utf8(env, arguments[1], text, sizeof text, NULL);
    napi_get_value_uint32(env, arguments[2], &port);
    napi_get_value_uint32(env, arguments[3], &buffer_bytes);
    napi_get_value_uint32(env, arguments[4], &flags);
    if (!read_array(env, arguments[5], napi_uint32_array, &out, &length) || length < 3) return NULL;
    bool is_ipv6 = strchr(text, ':') != NULL;
    bool is_wildcard = strcmp(text, "0.0.0.0") == 0 || strcmp(text, "::") == 0;
    struct sockaddr_in6 place;
    int fd = write_place(text, (uint16_t)port, &place, is_ipv6)
                 ? bind_socket(&place, is_ipv6, is_wildcard, flags) : -EINVAL;
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
            .is_wildcard = is_wildcard, .is_listener = flags & BIND_LISTENER,
            .first = NONE, .last = NONE };
        ((uint32_t *)out)[0] = socket;
        ((uint32_t *)out)[1] = ntohs(place.sin6_port);
        ((uint32_t *)out)[2] = grow_receive_buffer(fd, (int)buffer_bytes);
        watch_socket(t, socket, EPOLLIN, EPOLL_CTL_ADD);
    }
    napi_create_int32(env, fd < 0 ? fd : 0, &result);
    return result;
}

/* send(transport, slab, runs, count, results): how many runs were kept (EAGAIN) or failed. */
static napi_value send_udp(napi_env env, napi_callback_info info) {
    napi_value arguments[5], result;
    struct transport *t = read_transport(env, info, 5, arguments);
    if (t == NULL) return NULL;
    void *slab, *runs, *results;
    size_t slab_bytes, words, result_words;
    uint32_t count = 0;
    if (!read_array(env, arguments[1], napi_uint8_array, &slab, &slab_bytes) ||
        !read_array(env, arguments[2], napi_uint32_array, &runs, &words) ||
        !read_array(env, arguments[4], napi_int32_array, &results, &result_words)) {
        return NULL;
    }
    napi_get_value_uint32(env, arguments[3], &count);
    bool is_valid = words / OUT_WORDS >= count && result_words / RESULT_WORDS >= count;
    struct outgoing out = { slab, runs, results };
    for (uint32_t index = 0; index < count && is_valid; index++) {
        is_valid = is_sendable(t, out.runs + (size_t)index * OUT_WORDS, slab_bytes);
    }
    if (!is_valid) {
        napi_throw_range_error(env, NULL, "Cannot send a run outside its slab");
        return NULL;
    }
    if (t->next_count < count) {
        uint32_t *grown = realloc(t->next, count * sizeof *t->next);
        if (grown == NULL) return throw_errno(env, ENOMEM), NULL;
        t->next = grown;
        t->next_count = count;
    }
    memset(results, 0, (size_t)count * RESULT_WORDS * sizeof(int32_t));
    napi_create_uint32(env, send_runs(t, &out, count), &result);
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

NAPI_MODULE_INIT() {
    napi_property_descriptor functions[] = {
        { "create", NULL, create, NULL, NULL, NULL, napi_enumerable, NULL },
        { "bind", NULL, bind_udp, NULL, NULL, NULL, napi_enumerable, NULL },
        { "send", NULL, send_udp, NULL, NULL, NULL, napi_enumerable, NULL },
        { "close", NULL, close_transport, NULL, NULL, NULL, napi_enumerable, NULL },
    };
    napi_define_properties(env, exports, sizeof functions / sizeof *functions, functions);
    return exports;
}

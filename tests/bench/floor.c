/* The floor of a request round trip: libzmq alone, a REQ client and a ROUTER server, two processes.
 *
 *   floor server ADDRESS REPLY_BYTES               answers for ever
 *   floor client ADDRESS REQUEST_BYTES COUNT       prints each round trip in nanoseconds
 *
 * The prototypes are declared by hand, since pyzmq's wheel brings the library without its headers.
 */
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { ZMQ_REQ = 3, ZMQ_ROUTER = 6, ZMQ_SNDMORE = 2, FRAME_BYTES = 65536 };

void *zmq_ctx_new(void);
void *zmq_socket(void *context, int type);
int zmq_bind(void *socket, const char *address);
int zmq_connect(void *socket, const char *address);
int zmq_send(void *socket, const void *data, size_t size, int flags);
int zmq_recv(void *socket, void *data, size_t size, int flags);

static char frame[FRAME_BYTES];
static char identity[256];

static int fail(const char *what) {
    perror(what);
    return 1;
}

static int serve(void *context, const char *address, size_t reply_bytes) {
    void *router = zmq_socket(context, ZMQ_ROUTER);
    if (zmq_bind(router, address)) return fail("bind");
    static char reply[FRAME_BYTES];
    for (;;) {
        int size = zmq_recv(router, identity, sizeof identity, 0);
        if (size < 0) return fail("receive");
        zmq_recv(router, frame, sizeof frame, 0); /* the empty delimiter of REQ */
        zmq_recv(router, frame, sizeof frame, 0);
        zmq_send(router, identity, (size_t)size, ZMQ_SNDMORE);
        zmq_send(router, "", 0, ZMQ_SNDMORE);
        zmq_send(router, reply, reply_bytes, 0);
    }
}

static long long now_ns(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return now.tv_sec * 1000000000LL + now.tv_nsec;
}

static int ask(void *context, const char *address, size_t request_bytes, long count) {
    void *req = zmq_socket(context, ZMQ_REQ);
    if (zmq_connect(req, address)) return fail("connect");
    memset(frame, 'x', sizeof frame);
    static char reply[FRAME_BYTES];
    for (long i = 0; i < count; i++) {
        long long began = now_ns();
        if (zmq_send(req, frame, request_bytes, 0) < 0) return fail("send");
        if (zmq_recv(req, reply, sizeof reply, 0) < 0) return fail("receive");
        printf("%lld\n", now_ns() - began);
    }
    return 0;
}

int main(int argc, char **argv) {
    void *context = zmq_ctx_new();
    if (argc == 4 && !strcmp(argv[1], "server"))
        return serve(context, argv[2], (size_t)atol(argv[3]));
    if (argc == 5 && !strcmp(argv[1], "client"))
        return ask(context, argv[2], (size_t)atol(argv[3]), atol(argv[4]));
    fprintf(stderr, "usage: floor server ADDRESS REPLY_BYTES | client ADDRESS REQUEST_BYTES COUNT\n");
    return 2;
}

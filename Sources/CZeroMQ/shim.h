// The whole of libzmq's C interface; nothing is added to it.
#include <zmq.h>

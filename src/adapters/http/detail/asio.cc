// Asio's own code, compiled once for the whole program.
#include "adapters/http/detail/asio.h"

#include <boost/asio/impl/src.hpp>

// How many sockets this process may have, and who gets how many.
#pragma once

#include <cstddef>

namespace chasqui::system {

/// Shares of the process's descriptors. A third each: connections of sources, requests under way to endpoints, and idle
/// connections to endpoints; some are kept for files.
struct DescriptorShares {
  std::size_t limit = 0;  ///< all of them (RLIMIT_NOFILE)
  std::size_t listener_connections_max = 1024;
  std::size_t in_flight_max = 512;
  std::size_t idle_connections_max = 1024;
};

/// Lowers `wanted` to what `limit` allows; never below 8 each.
DescriptorShares share(std::size_t limit, DescriptorShares wanted);
/// Raises the process's soft limit as far as it may (at most to 65536). @return the limit in force.
std::size_t raise_descriptor_limit();

}  // namespace chasqui::system

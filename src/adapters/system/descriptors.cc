#include "adapters/system/descriptors.h"

#include <sys/resource.h>

#include <algorithm>

namespace chasqui::system {
namespace {

constexpr std::size_t kForFiles = 64;  // journal, log, key, libraries, name look-ups
constexpr std::size_t kLeast = 8, kMost = 65536;

}  // namespace

DescriptorShares share(std::size_t limit, DescriptorShares wanted) {
  const std::size_t each = std::max(kLeast, (std::max(limit, kForFiles) - kForFiles) / 3);
  wanted.limit = limit;
  wanted.listener_connections_max = std::min(wanted.listener_connections_max, each);
  wanted.in_flight_max = std::min(wanted.in_flight_max, each);
  wanted.idle_connections_max = std::min(wanted.idle_connections_max, each);
  return wanted;
}

std::size_t raise_descriptor_limit() {
  rlimit limit{};
  if (getrlimit(RLIMIT_NOFILE, &limit) != 0) return 1024;
  const auto wanted = static_cast<rlim_t>(std::min<std::size_t>(limit.rlim_max, kMost));
  if (limit.rlim_cur < wanted) {
    const rlimit raised{wanted, limit.rlim_max};
    if (setrlimit(RLIMIT_NOFILE, &raised) == 0) limit.rlim_cur = wanted;
  }
  return static_cast<std::size_t>(limit.rlim_cur);
}

}  // namespace chasqui::system

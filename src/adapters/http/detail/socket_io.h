// Non-blocking reads and writes on a socket's descriptor: one system call each, no operation objects.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace chasqui::http {

struct IoResult {
  enum class Kind {
    done,         ///< `bytes` were moved, at least one
    would_block,  ///< wait until the socket is ready
    end,          ///< the peer sends no more (receiving only)
    failed,       ///< see `error`
  };
  Kind kind = Kind::done;
  std::size_t bytes = 0;
  int error = 0;  ///< errno
};

IoResult receive(int descriptor, char* into, std::size_t room);
/// Sends what it can of `first` and `second`, together. Never raises SIGPIPE.
IoResult send(int descriptor, std::string_view first, std::string_view second = {});

/// errno for people: "connection refused".
std::string describe(int error);

}  // namespace chasqui::http

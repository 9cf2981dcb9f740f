// Both ends of real loopback sockets on one thread: a loop under test, and peers that do exactly what a test tells them.
#pragma once

#include <arpa/inet.h>
#include <fcntl.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include "adapters/http/asio_loop.h"

namespace chasqui::testing {

/// A non-blocking socket in the hands of the test.
class RawSocket {
 public:
  explicit RawSocket(int descriptor = -1) : descriptor_(descriptor) {
    if (descriptor_ >= 0) ::fcntl(descriptor_, F_SETFL, ::fcntl(descriptor_, F_GETFL) | O_NONBLOCK);
  }
  RawSocket(RawSocket&& other) noexcept
      : received(std::move(other.received)),
        descriptor_(std::exchange(other.descriptor_, -1)),
        ended_(other.ended_),
        reset_(other.reset_) {}
  RawSocket& operator=(RawSocket&& other) noexcept {
    std::swap(received, other.received);
    std::swap(descriptor_, other.descriptor_);
    std::swap(ended_, other.ended_);
    std::swap(reset_, other.reset_);
    return *this;
  }
  ~RawSocket() { close(); }

  bool is_open() const { return descriptor_ >= 0; }
  /// Takes in what has come.
  void pump() {
    char buffer[65536];
    while (is_open() && !ended_) {
      const auto count = ::recv(descriptor_, buffer, sizeof buffer, 0);
      if (count < 0) {
        reset_ = errno == ECONNRESET;
        ended_ = reset_;
        return;
      }
      ended_ = count == 0;
      received.append(buffer, static_cast<std::size_t>(count));
    }
  }
  bool has(std::string_view part) {
    pump();
    return received.find(part) != std::string::npos;
  }
  /// The peer sends no more, or is gone.
  bool ended() {
    pump();
    return ended_;
  }
  bool was_reset() const { return reset_; }
  /// Sends what the kernel takes at once. @return how much that was.
  std::size_t say(std::string_view text) {
    const auto count = ::send(descriptor_, text.data(), text.size(), MSG_NOSIGNAL);
    return count < 0 ? 0 : static_cast<std::size_t>(count);
  }
  void shut() { ::shutdown(descriptor_, SHUT_WR); }
  void close() {
    if (is_open()) ::close(std::exchange(descriptor_, -1));
  }
  /// Closes with a reset instead of an end.
  void abort() {
    const linger at_once{1, 0};
    ::setsockopt(descriptor_, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
    close();
  }
  void small_receive_buffer() {
    const int bytes = 4096;
    ::setsockopt(descriptor_, SOL_SOCKET, SO_RCVBUF, &bytes, sizeof bytes);
  }

  std::string received;

 private:
  int descriptor_;
  bool ended_ = false;
  bool reset_ = false;
};

inline sockaddr_in loopback(std::uint16_t port) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  address.sin_port = htons(port);
  return address;
}

/// Listens on a free port; connections are accepted when the test wants it.
class RawListener {
 public:
  RawListener() : socket_(::socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0)) {
    auto address = loopback(0);
    socklen_t length = sizeof address;
    EXPECT_EQ(::bind(socket_, reinterpret_cast<sockaddr*>(&address), sizeof address), 0);
    EXPECT_EQ(::listen(socket_, 128), 0);
    EXPECT_EQ(::getsockname(socket_, reinterpret_cast<sockaddr*>(&address), &length), 0);
    port_ = ntohs(address.sin_port);
  }
  ~RawListener() { close(); }
  RawListener(const RawListener&) = delete;
  RawListener& operator=(const RawListener&) = delete;

  std::uint16_t port() const { return port_; }
  /// A socket that is not open when nobody waits.
  RawSocket accept() { return RawSocket(::accept4(socket_, nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC)); }
  void close() {
    if (socket_ >= 0) ::close(std::exchange(socket_, -1));
  }

 private:
  int socket_;
  std::uint16_t port_ = 0;
};

/// Connects; the kernel completes it without the other side's help.
inline RawSocket connect_to(std::uint16_t port) {
  const int descriptor = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  const auto address = loopback(port);
  EXPECT_EQ(::connect(descriptor, reinterpret_cast<const sockaddr*>(&address), sizeof address), 0);
  return RawSocket(descriptor);
}

/// A loop that turns only while a test waits for something.
class LoopbackTest : public ::testing::Test {
 protected:
  /// Turns the loop until `happened()`; a test that waits in vain fails after ten seconds.
  template <class Happened>
  ::testing::AssertionResult until(Happened happened) {
    const auto give_up = std::chrono::steady_clock::now() + std::chrono::seconds(10);
    while (!happened()) {
      if (std::chrono::steady_clock::now() > give_up) return ::testing::AssertionFailure() << "waited for ten seconds";
      turn();
    }
    return ::testing::AssertionSuccess();
  }
  /// Lets the loop do what is ready now.
  void turn() {
    loop.post([this] { loop.stop(); });
    loop.run();
  }
  /// Enough turns for whatever is on its way over loopback.
  void settle() {
    for (int i = 0; i < 20; ++i) turn();
  }

  /// Sends all of it, as fast as the other side takes it.
  void say_all(RawSocket& socket, std::string_view text) {
    EXPECT_TRUE(until([&] {
      text.remove_prefix(socket.say(text));
      return text.empty();
    }));
  }

  http::AsioLoop loop;
};

}  // namespace chasqui::testing

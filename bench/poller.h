// One thread's sockets and timers: what the source and the receiver around a gateway share.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace chasqui::bench {

using Clock = std::chrono::steady_clock;
using namespace std::chrono_literals;

/// Seconds as the clock's duration.
inline Clock::duration seconds(double s) { return std::chrono::duration_cast<Clock::duration>(std::chrono::duration<double>(s)); }
inline double in_seconds(Clock::duration d) { return std::chrono::duration<double>(d).count(); }
inline double in_ms(Clock::duration d) { return std::chrono::duration<double, std::milli>(d).count(); }

class Poller {
 public:
  class Client {
   public:
    virtual ~Client() = default;
    virtual void ready() = 0;
  };

  Poller();
  ~Poller();
  Poller(const Poller&) = delete;
  Poller& operator=(const Poller&) = delete;

  void add(int fd, Client& client);
  void want_write(int fd, Client& client, bool yes);
  void remove(int fd);
  void at(Clock::time_point when, std::function<void()> task);
  /// Deletes the client once the events at hand are dealt with: some of them may be its own.
  void bury(std::unique_ptr<Client> client);

  /// Deals with events and timers that are there, or waits for the first until `until`. With `spin` it does not give up the core,
  /// so that what is due at `until` is on time to the microsecond.
  void poll(Clock::time_point until, bool spin);
  /// Something was done between two looks.
  void worked() { vain_at_ = -1; }
  /// Core time spent looking for events in vain: no work, though the core was busy.
  double spun_seconds() const { return spun_; }

 private:
  struct Timer {
    Clock::time_point when;
    std::uint64_t number;  // those of one moment run in the order in which they were made
    std::function<void()> task;
  };
  static bool later(const Timer& a, const Timer& b) { return a.when != b.when ? a.when > b.when : a.number > b.number; }
  void run_timers(Clock::time_point now);
  void in_vain();

  int epoll_;
  std::vector<Timer> timers_;  // a heap
  std::uint64_t timers_made_ = 0;
  std::vector<std::unique_ptr<Client>> buried_;
  double spun_ = 0;
  double vain_at_ = -1;  // core time at the end of the last look, when that was in vain
};

/// One end of a connection that carries HTTP/1.1 messages with Content-Length.
class Stream : public Poller::Client {
 public:
  Stream(Poller& poller, int fd);
  ~Stream() override;
  Stream(const Stream&) = delete;
  Stream& operator=(const Stream&) = delete;

  /// Writes now what the socket takes and the rest as soon as it takes more.
  void send(std::string_view bytes);
  void close();
  bool open() const { return fd_ >= 0; }

 protected:
  virtual void message(std::string_view head, std::string_view body) = 0;
  /// The peer closed, or the connection broke; it is closed on our side too.
  virtual void ended() = 0;

 private:
  void ready() final;
  bool flush();
  void fail();

  Poller& poller_;
  int fd_;
  std::string in_;
  std::string out_;
};

/// Opens a listening socket on a free port of the loopback address; ends the program when that fails.
int listen_on_loopback(std::uint16_t& port);
/// A connected socket, non-blocking and without delay; -1 when nobody listens.
int connect_to_loopback(std::uint16_t port);
/// The next connection of a listening socket, non-blocking and without delay; -1 when there is none.
int accept_from(int listener);
[[noreturn]] void die(const char* what);

}  // namespace chasqui::bench

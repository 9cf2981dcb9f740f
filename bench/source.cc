#include "bench/source.h"

#include <algorithm>

namespace chasqui::bench {
namespace {

constexpr auto kPause = 20ms;  // before a refused message is posted again, or a broken connection replaced

}  // namespace

class Source::Connection : public Stream {
 public:
  Connection(Source& source, std::size_t slot, int fd) : Stream(source.poller_, fd), source_(source), slot_(slot) {}

 private:
  void message(std::string_view head, std::string_view) override { source_.answered(slot_, head); }
  void ended() override { source_.ended(slot_); }
  Source& source_;
  std::size_t slot_;
};

Source::Source(Poller& poller, Ledger& ledger, Messages& messages, int connections)
    : poller_(poller), ledger_(ledger), messages_(messages), slots_(static_cast<std::size_t>(connections)) {}

Source::~Source() = default;

void Source::connect(std::uint16_t port) {
  port_ = port;
  for (std::size_t i = 0; i < slots_.size(); ++i)
    if (!connect(i)) die("connect to the gateway");
}

// False when nobody listens.
bool Source::connect(std::size_t i) {
  Slot& slot = slots_[i];
  if (slot.connection) return true;
  const int fd = connect_to_loopback(port_);
  if (fd < 0) return false;
  slot.connection = std::make_unique<Connection>(*this, i, fd);
  if (slot.letter) {
    send(i);
  } else {
    idle_.push_back(i);
  }
  return true;
}

void Source::reconnect_later(std::size_t i) {
  poller_.at(Clock::now() + kPause, [this, i] {
    if (!connect(i)) reconnect_later(i);
  });
}

// First in, first out: connections take turns, and so do their chats.
void Source::post(int session, int chats, Clock::time_point intended) {
  const std::size_t i = idle_.front();
  idle_.pop_front();
  Slot& slot = slots_[i];
  const std::size_t chats_of_slot = std::max<std::size_t>(1, static_cast<std::size_t>(chats) / slots_.size());
  const int chat = static_cast<int>(i + slots_.size() * (slot.posts++ % chats_of_slot));
  slot.letter = Letter{ledger_.post(session, chat, intended), session, chat};
  ++under_way_;
  send(i);
}

void Source::send(std::size_t i) {
  Slot& slot = slots_[i];
  ++slot.sends;
  slot.connection->send(messages_.request(slot.letter->number, slot.letter->session, slot.letter->chat));
}

void Source::answered(std::size_t i, std::string_view head) {
  Slot& slot = slots_[i];
  if (!slot.letter) return;
  if (head.substr(9, 3) == "200") {
    ledger_.acknowledged(slot.letter->number);
  } else if (patient_) {
    // Unless a new connection has taken the letter meanwhile.
    poller_.at(Clock::now() + kPause, [this, i, sends = slot.sends] {
      if (slots_[i].connection && slots_[i].sends == sends) send(i);
    });
    return;
  } else {
    ledger_.refused(slot.letter->number);
  }
  slot.letter.reset();
  --under_way_;
  idle_.push_back(i);
}

void Source::ended(std::size_t i) {
  if (!patient_) die("the gateway closed a source connection");
  Slot& slot = slots_[i];
  poller_.bury(std::move(slot.connection));
  if (!slot.letter) std::erase(idle_, i);
  reconnect_later(i);
}

}  // namespace chasqui::bench

// The simulated network and the receivers behind it; every request that leaves is judged here.
#pragma once

#include <functional>
#include <list>
#include <map>
#include <string>
#include <vector>

#include "app/gateway.h"
#include "tests/sim/ledger.h"
#include "tests/support/chance.h"

namespace chasqui::sim {

enum class Temper : std::uint8_t { healthy, slow, hanging, flaky, down, refusing, asks_to_wait, overloaded, gone, picky };
CHASQUI_WORDS(Temper, {Temper::healthy, "healthy"}, {Temper::slow, "slow"}, {Temper::hanging, "hanging"},
              {Temper::flaky, "flaky"}, {Temper::down, "down"}, {Temper::refusing, "refusing"},
              {Temper::asks_to_wait, "asks to wait"}, {Temper::overloaded, "overloaded"}, {Temper::gone, "gone"},
              {Temper::picky, "picky"})

/// The receiver behind one endpoint.
struct FarSide {
  Temper temper = Temper::healthy;
  std::uint64_t poison_of = 0;  ///< one event in so many is always answered 500; 0 = none
};

struct WireWeather {
  int lost_answer_percent = 0;  ///< the receiver took it, and nobody hears
  int cut_percent = 0;          ///< cut before the receiver saw it
  int local_percent = 0;        ///< our own descriptors ran out
};

class Wire : public ports::HttpClient {
 public:
  Wire(testing::VirtualLoop& world, testing::Chance& chance, Judge& judge, Ledger& ledger)
      : world_(world), chance_(chance), judge_(judge), ledger_(ledger) {}

  void send(ports::OutgoingRequest request, std::function<void(ports::Answer)> done) override;
  /// Cuts what is under way, as our own end of the connections does at a stop.
  void stop() override;

  /// A process begins to send.
  void born(Gateway& gateway, std::size_t in_flight_max);
  /// It is gone; what was under way may still arrive, and nobody hears the answers.
  /// @param graceful  it stopped by itself: then nothing may be left undone.
  void died(bool graceful);
  /// From now on names may be wanted that were not, or no longer: parts of an event may be left out.
  void subscription_changed(EndpointNo endpoint) { sides_[endpoint].subscription_changed = true; }
  FarSide& side(EndpointNo endpoint) { return sides_[endpoint].far; }
  std::map<EndpointNo, std::string> kinds() const;
  void calm();

  std::size_t in_flight() const { return flights_.size(); }
  std::uint64_t requests() const { return requests_; }

  WireWeather weather;

 private:
  /// What is known of a part apart from the disk.
  struct Seen {
    std::uint64_t body_hash = 0;
    std::string timestamp;
    std::uint64_t life = 0;  ///< the numbers below are of this life
    int attempts = 0;        ///< answered
    bool done = false;       ///< answered 2xx
    SteadyTime due{};
    std::uint32_t outages = 0;
    bool in_outage = false;
    bool failed = false;
    int resumes = 0;  ///< when it failed: a person who resumes it does not wait
  };
  struct Side {
    FarSide far;
    SteadyTime hold_until{};
    OrderScope order{};
    Seq order_floor = 0;  ///< the order of older events is no longer judged: the rule changed meanwhile
    bool known = false;
    bool subscription_changed = false;
  };
  struct Flight {
    std::uint64_t no = 0;
    Unit unit;
    bool alone = false;
    EndpointSettings settings;
    SteadyTime deadline;
    std::function<void(ports::Answer)> done;
  };
  struct Outcome {
    Millis after{};
    ports::Answer answer;
    bool arrives = true;
  };

  void judge_sending(const ports::OutgoingRequest& request, const Unit& unit, const EndpointSettings& settings, Seen& seen,
                     bool alone);
  void judge_limits(const Unit& unit, const EndpointSettings& settings);
  void judge_time(const Unit& unit, const EndpointSettings& settings, const Seen& seen);
  void judge_order(const Unit& unit, const EndpointSettings& settings, bool alone);
  void judge_parts(const Unit& unit, const EndpointSettings& settings);
  void note_order(Side& side, OrderScope order);
  OrderKey lane_of(const Unit& unit, OrderScope order) const;
  Outcome decide(const Flight& flight);
  Outcome temper_of(const Flight& flight);
  void answer(std::uint64_t no, ports::Answer answer);
  void learn(const Flight& flight, const ports::Answer& answer);

  testing::VirtualLoop& world_;
  testing::Chance& chance_;
  Judge& judge_;
  Ledger& ledger_;
  Gateway* gateway_ = nullptr;
  std::size_t in_flight_max_ = 0;
  std::uint64_t life_ = 0;
  std::uint64_t requests_ = 0;
  std::list<Flight> flights_;
  std::map<EndpointNo, Side> sides_;
  std::map<Unit, Seen> seen_;
  bool calm_ = false;
};

}  // namespace chasqui::sim

// The whole story of one message: what was received, who it went to and why not, each attempt, and where it stands now (P6).
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "app/dispatcher.h"
#include "app/endpoints.h"

namespace chasqui {

/// What is asked for: exactly one of the first three.
struct TraceQuestion {
  std::string message;           ///< bare id, as the source gave it, or WAHA's `false_<chat>_<id>`
  std::optional<EventId> event;  ///< an event's id, or a part's: what a webhook carries as `evt_…`
  std::optional<Seq> seq;        ///< place in the journal
  Seq from = 1;                  ///< leaves out events before it
};

/// Reads, and changes nothing. Lives on the loop's thread.
class Tracer {
 public:
  struct Parts {
    ports::Store& store;
    ports::Clock& clock;
    Journal& journal;
    Dispatcher& dispatcher;
    Endpoints& endpoints;
    Routes& routes;
  };
  static constexpr std::size_t kEventsMax = 50;      ///< told of in one answer; it says where to go on
  static constexpr std::size_t kEndpointsMax = 200;  ///< of each kind shown with an event; the others are counted
  static constexpr std::size_t kAttemptsMax = 50;    ///< shown of a delivery, the newest
  static constexpr std::size_t kEndsMax = 1000;      ///< rows looked at for how a delivery ended

  explicit Tracer(Parts parts) : parts_(parts) {}

  /// `done` gets the story as a JSON object, or not_found when no event fits.
  void tell(TraceQuestion question, std::function<void(Result<std::string>)> done);

 private:
  struct Job;
  using JobPtr = std::shared_ptr<Job>;

  void find_page(const JobPtr& job, Seq from);
  bool take(Job& job, const ports::StoredEvent& stored);
  void next_event(const JobPtr& job);
  void look_at(Job& job);
  void read_attempts(const JobPtr& job);
  void read_parked(const JobPtr& job);
  void read_ends(const JobPtr& job, std::size_t from);
  void write_event(Job& job);
  void finish(Job& job);

  Parts parts_;
  json::Document parser_;
};

}  // namespace chasqui

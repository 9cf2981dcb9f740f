// What the readers of this folder share: the place of an item in its delivery, and people by their ids.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "core/json/span.h"
#include "core/json/value.h"
#include "core/source/source.h"

namespace chasqui::cloud_api {

/// Who is who in one change: its `contacts[]`, found by `wa_id` or `user_id`. Of equal names the first counts.
class Contacts {
 public:
  Contacts() = default;
  explicit Contacts(const json::Value& list);
  /// `missing` when neither name is there. Empty names are nobody's.
  json::Value find(std::string_view wa_id, std::string_view user_id) const;

 private:
  using Places = std::unordered_map<std::string_view, std::size_t>;
  std::vector<json::Value> all_;
  Places by_wa_id_, by_user_id_;
};

/// One `changes[]` element and what surrounds it. The spans are the exact bytes of the values beside them.
struct Change {
  std::string_view field;
  std::string_view entry_id;
  std::int64_t entry_time_ms = 0;  ///< 0 = the entry has none
  json::Value change;
  json::Value value;
  Contacts contacts;
  std::string_view change_span;
  std::string_view value_span;
  mutable std::optional<std::uint64_t> hash;  ///< of `change`, whatever the order of its members; made when it is needed
};

/// Collects drafts and knows the delivery that they are made from.
class Collector {
 public:
  explicit Collector(std::shared_ptr<const std::string> body) : body_(std::move(body)) {}

  /// A draft of `change`'s session, with `item` as its raw bytes.
  Draft draft(const Change& change, EventType type, std::string_view item) const;
  /// Adds it and counts its place. @return its place among the drafts.
  std::size_t add(Draft draft);
  /// Adds an engine.raw: of an item that has no type here, or is not shaped as documented.
  void add_raw(const Change& change, std::string name, json::Value json, std::string_view item, std::string source_key);
  Normalised take() { return std::move(out_); }
  std::string_view text() const { return *body_; }

 private:
  std::shared_ptr<const std::string> body_;
  Normalised out_;
};

/// The key of items without an id of their own: Meta repeats them unchanged, so their content and that of the change around
/// them are their identity. The change is in it as a hash: a thousand items would otherwise hold it a thousand times.
std::string content_key(const Change& change, std::size_t index, const json::Value& item);

/// The person named by `wa_id` or `user_id`, with what the change's contacts tell of him.
Party person(const Change& change, std::string_view wa_id, std::string_view user_id);
Party own_number(const json::Value& value);

std::string digits_of(std::string_view text);
/// Meta writes seconds as strings or integers. 0 = none.
std::int64_t time_ms(const json::Value& seconds);
std::vector<ErrorInfo> errors_of(const json::Value& list);
json::Text text_of(const json::Value& value);

// The readers, one per family of fields. Each adds what the change holds, whatever its shape.
void read_messages_field(const Change& change, Collector& out);
void read_echoes(const Change& change, Collector& out);
void read_calls(const Change& change, Collector& out);
/// True when the field is one of the platform's news.
bool read_notice(const Change& change, Collector& out);

}  // namespace chasqui::cloud_api

// The newest part of the journal, kept in memory for endpoints that follow closely (semantics 6).
#pragma once

#include <cstddef>
#include <deque>

#include "app/entry.h"

namespace chasqui {

/// A ring of the last events, bounded by bytes. Holds every seq from first() to last() that was committed since the start.
class Tail {
 public:
  explicit Tail(std::size_t bytes_max) : bytes_max_(bytes_max) {}

  /// @param next_seq  what the first event of this life of the process will get.
  void start(Seq next_seq) { next_ = next_seq; }
  void add(EntryPtr entry) {
    bytes_ += entry->bytes;
    next_ = entry->seq + 1;
    entries_.push_back(std::move(entry));
    while (bytes_ > bytes_max_ && entries_.size() > 1) {
      bytes_ -= entries_.front()->bytes;
      entries_.pop_front();
    }
  }
  /// The seq that the next event will get.
  Seq next() const { return next_; }
  /// The oldest seq that is in memory; next() when none is.
  Seq first() const { return entries_.empty() ? next_ : entries_.front()->seq; }
  /// The first entry at or behind `seq`, which must be at least first(); nullptr when there is none yet.
  const EntryPtr* at_or_after(Seq seq) const {
    if (entries_.empty() || seq > entries_.back()->seq) return nullptr;
    // Seqs are dense but for what a failed transaction may leave out, so start at the guess and step.
    std::size_t i = seq - entries_.front()->seq < entries_.size() ? static_cast<std::size_t>(seq - entries_.front()->seq)
                                                                  : entries_.size() - 1;
    while (i > 0 && entries_[i - 1]->seq >= seq) --i;
    while (entries_[i]->seq < seq) ++i;
    return &entries_[i];
  }
  std::size_t bytes() const { return bytes_; }

 private:
  std::size_t bytes_max_;
  std::size_t bytes_ = 0;
  Seq next_ = 1;
  std::deque<EntryPtr> entries_;
};

}  // namespace chasqui

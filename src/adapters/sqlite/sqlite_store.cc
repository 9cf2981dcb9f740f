#include "adapters/sqlite/sqlite_store.h"

#include <condition_variable>
#include <deque>
#include <mutex>
#include <optional>
#include <thread>

#include "adapters/sqlite/journal_reader.h"

namespace chasqui {
namespace {

// A thread that works off tasks in order; its destructor finishes them first.
class Worker {
 public:
  void start() {
    thread_ = std::thread([this] { run(); });
  }
  void give(ports::Task task) {
    {
      const std::lock_guard lock(mutex_);
      tasks_.push_back(std::move(task));
    }
    wake_.notify_one();
  }
  /// Finishes what was given, then ends. Harmless when it was not started.
  void stop() {
    if (!thread_.joinable()) return;
    {
      const std::lock_guard lock(mutex_);
      stopping_ = true;
    }
    wake_.notify_one();
    thread_.join();
    stopping_ = false;
  }

 private:
  void run() {
    std::unique_lock lock(mutex_);
    while (true) {
      wake_.wait(lock, [this] { return stopping_ || !tasks_.empty(); });
      if (tasks_.empty()) return;
      ports::Task task = std::move(tasks_.front());
      tasks_.pop_front();
      lock.unlock();
      task();
      task = nullptr;  // what it holds is released outside the lock
      lock.lock();
    }
  }

  std::mutex mutex_;  // guards tasks_ and stopping_
  std::condition_variable wake_;
  std::deque<ports::Task> tasks_;
  bool stopping_ = false;
  std::thread thread_;
};

}  // namespace

struct SqliteStore::Impl {
  Impl(sqlite::JournalOptions options, ports::Loop& the_loop) : loop(the_loop), journal(std::move(options)) {}

  // Runs `work` on `worker` and its outcome through `done` on the loop. Read callbacks of a closed store are dropped. Both functions
  // hold things of the loop's thread (answers to requests, whose counts are not atomic), so the worker neither copies nor destroys
  // them: it moves them on to the loop.
  template <class T, class Work>
  void hand_over(Worker& worker, Done<T> done, Work work) {
    struct Errand {
      Done<T> done;
      Work work;
      std::optional<Result<T>> result;
    };
    auto errand = std::make_shared<Errand>(Errand{std::move(done), std::move(work), std::nullopt});
    worker.give([this, errand = std::move(errand), alive = alive]() mutable {
      errand->result.emplace(errand->work());
      loop.post([errand = std::move(errand), alive = std::move(alive)] {
        if (*alive) errand->done(std::move(*errand->result));
      });
    });
  }

  ports::Loop& loop;
  sqlite::JournalDb journal;
  sqlite::JournalReader reader;
  Worker writer_thread, reader_thread;
  // Shared with callbacks that are under way when the store is closed; read and written on the loop's thread only.
  std::shared_ptr<bool> alive = std::make_shared<bool>(false);
};

SqliteStore::SqliteStore(std::string path, ports::Loop& loop) : SqliteStore(sqlite::JournalOptions{std::move(path)}, loop) {}
SqliteStore::SqliteStore(sqlite::JournalOptions options, ports::Loop& loop)
    : impl_(std::make_unique<Impl>(std::move(options), loop)) {}
SqliteStore::~SqliteStore() { close(); }

Result<ports::Recovered> SqliteStore::open() {
  auto recovered = impl_->journal.open();
  if (!recovered) return recovered;
  if (const auto opened = impl_->reader.open(impl_->journal.options().path, impl_->journal.options().vfs); !opened) {
    impl_->journal.close();
    return opened.error();
  }
  impl_->alive = std::make_shared<bool>(true);
  impl_->writer_thread.start();
  impl_->reader_thread.start();
  return recovered;
}

void SqliteStore::commit(std::shared_ptr<const ports::Batch> batch, Done<ports::Committed> done) {
  impl_->hand_over<ports::Committed>(impl_->writer_thread, std::move(done),
                                     [this, batch = std::move(batch)] { return impl_->journal.commit(*batch); });
}

void SqliteStore::read(ports::ReadRange range, Done<ports::ReadPage> done) {
  impl_->hand_over<ports::ReadPage>(impl_->reader_thread, std::move(done), [this, range] { return impl_->reader.read(range); });
}

void SqliteStore::attempts(Seq seq, Done<std::vector<ports::AttemptRow>> done) {
  impl_->hand_over<std::vector<ports::AttemptRow>>(impl_->reader_thread, std::move(done),
                                                   [this, seq] { return impl_->reader.attempts(seq); });
}

void SqliteStore::fetch(ports::FetchList list, Done<std::vector<ports::Fetched>> done) {
  impl_->hand_over<std::vector<ports::Fetched>>(impl_->reader_thread, std::move(done),
                                                [this, list = std::move(list)] { return impl_->reader.fetch(list); });
}

void SqliteStore::scan(ports::ScanRange range, Done<ports::ScanPage> done) {
  impl_->hand_over<ports::ScanPage>(impl_->reader_thread, std::move(done),
                                    [this, range = std::move(range)] { return impl_->reader.scan(range); });
}

void SqliteStore::find(ports::FindRange range, Done<ports::FindPage> done) {
  impl_->hand_over<ports::FindPage>(impl_->reader_thread, std::move(done), [this, range] { return impl_->reader.find(range); });
}

void SqliteStore::parked(ports::ParkedFilter filter, Done<std::vector<ports::Parked>> done) {
  impl_->hand_over<std::vector<ports::Parked>>(impl_->reader_thread, std::move(done),
                                               [this, filter = std::move(filter)] { return impl_->reader.parked(filter); });
}

void SqliteStore::ended(EndpointNo endpoint, std::size_t limit, Done<std::vector<ports::Ended>> done) {
  impl_->hand_over<std::vector<ports::Ended>>(impl_->reader_thread, std::move(done),
                                              [this, endpoint, limit] { return impl_->reader.ended(endpoint, limit); });
}

void SqliteStore::close() {
  impl_->writer_thread.stop();
  impl_->reader_thread.stop();
  *impl_->alive = false;
  impl_->reader.close();
  impl_->journal.close();
}

}  // namespace chasqui

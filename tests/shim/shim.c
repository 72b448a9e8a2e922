/* Counts, kills, shortens, fails or records every operation that changes a file below one folder.

   Loaded with LD_PRELOAD. The process itself says what to do, by `shim_begin`; until then, and after
   `shim_end`, everything passes through. An operation has a number, from 1, if it changes something: an
   open that neither makes nor empties a file has none, nor has removing what is not there. They are done
   one at a time, so that a log has them in the order in which they happened.

   The system calls are made directly: nothing here calls what it stands in for. */

#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <signal.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

/* The numbers are those of `Kind` and `How` in operations.py. */
enum kind { CREATE = 1, EMPTY, WRITE, RESIZE, RENAME, LINK, UNLINK, RMDIR, MKDIR, CHMOD, SYNC, SYNC_FOLDER, MARK };
enum how { NOTHING, KILL_BEFORE, KILL_AFTER, SHORT, FULL, FAIL };
enum level { MET_ONLY, NAMES, CONTENTS };
enum act { GO, REFUSE, HALVE };

struct record {
    uint32_t kind, met, path_bytes, second_bytes;
    uint64_t inode;
    int64_t offset, length, data_bytes;
};

static pthread_mutex_t turn = PTHREAD_MUTEX_INITIALIZER;
static char folder[PATH_MAX];
static size_t folder_bytes;
static int log_to = -1;
static enum level level;
static enum how how;
static int64_t at, count;

static void put(const void *data, size_t size)
{
    const char *left = data;
    while (size > 0) {
        ssize_t put = syscall(SYS_write, log_to, left, size);
        if (put <= 0)
            abort(); /* a log with a hole would be believed */
        left += put;
        size -= put;
    }
}

static void note(enum kind kind, int met, const char *path, const char *second, uint64_t inode,
                 int64_t offset, int64_t length, const void *data)
{
    struct record record = {kind, met, strlen(path), strlen(second), inode, offset, length, 0};
    if (log_to < 0 || (level == MET_ONLY && !met && kind != MARK))
        return;
    if (data != NULL && level == CONTENTS)
        record.data_bytes = length;
    put(&record, sizeof record);
    put(path, record.path_bytes);
    put(second, record.second_bytes);
    put(data, record.data_bytes);
}

static void die(void)
{
    for (;;)
        syscall(SYS_kill, getpid(), SIGKILL);
}

/* What a full disk refuses; the operation at which it becomes full may be any that takes room. */
static int takes_room(enum kind kind)
{
    return kind == CREATE || kind == WRITE || kind == RESIZE || kind == RENAME || kind == LINK
        || kind == MKDIR || kind == SYNC || kind == SYNC_FOLDER;
}

/* The turn of an operation; `grows` when it needs room for certain. */
static enum act enter(enum kind kind, int grows, const char *path)
{
    pthread_mutex_lock(&turn);
    count++;
    int now = count == at;
    if (now && how != NOTHING) {
        note(kind, 1, path, "", 0, 0, 0, NULL);
        if (how == KILL_BEFORE || (how == SHORT && kind != WRITE))
            die();
        if (how == SHORT)
            return HALVE;
        if (how == FAIL) {
            errno = EIO;
            return REFUSE;
        }
    }
    if (how == FULL && ((now && takes_room(kind)) || (count > at && grows))) {
        errno = ENOSPC;
        return now && kind == WRITE ? HALVE : REFUSE;
    }
    return GO;
}

static void leave(void)
{
    if (how == KILL_AFTER && count == at)
        die();
    pthread_mutex_unlock(&turn);
}

/* Ends a turn; what the operation returned. */
static int over(int result, enum kind kind, const char *path, const char *second, uint64_t inode, int64_t length)
{
    int fault = errno;
    if (result >= 0)
        note(kind, 0, path, second, inode, 0, length, NULL);
    leave();
    errno = fault;
    return result;
}

static int refused(void)
{
    int fault = errno;
    leave();
    errno = fault;
    return -1;
}

static int below(const char *path)
{
    return strncmp(path, folder, folder_bytes) == 0 && (path[folder_bytes] == '/' || path[folder_bytes] == 0);
}

static int named_by(int descriptor, char *path)
{
    char link[64];
    snprintf(link, sizeof link, "/proc/self/fd/%d", descriptor);
    ssize_t size = readlink(link, path, PATH_MAX - 1);
    if (size < 0)
        return 0;
    path[size] = 0;
    return 1;
}

/* Whether a path is below the folder; then `full` is the whole of it. */
static int inside(int base, const char *path, char *full)
{
    if (folder_bytes == 0 || path == NULL)
        return 0;
    full[0] = 0;
    if (path[0] != '/') {
        if (base == AT_FDCWD ? getcwd(full, PATH_MAX) == NULL : !named_by(base, full))
            return 0;
        strncat(full, "/", PATH_MAX - 1 - strlen(full));
    }
    strncat(full, path, PATH_MAX - 1 - strlen(full));
    return below(full);
}

/* Whether an open file, or folder, is below the folder. */
static int holds(int descriptor, char *full, struct stat *found)
{
    return folder_bytes > 0 && fstat(descriptor, found) == 0
        && (S_ISREG(found->st_mode) || S_ISDIR(found->st_mode)) && named_by(descriptor, full) && below(full);
}

/* Whether something can be made under this whole path. */
static int has_place(const char *full)
{
    char parent[PATH_MAX];
    struct stat found;
    strcpy(parent, full);
    *strrchr(parent, '/') = 0;
    return stat(parent, &found) == 0 && S_ISDIR(found.st_mode);
}

static int opened(int base, const char *path, int flags, mode_t mode)
{
    char full[PATH_MAX];
    struct stat found;
    if ((flags & (O_CREAT | O_TRUNC)) == 0 || !inside(base, path, full))
        return syscall(SYS_openat, base, path, flags, mode);
    int there = fstatat(base, path, &found, 0) == 0;
    if (there ? !(flags & O_TRUNC) || (flags & O_EXCL) || found.st_size == 0
              : !(flags & O_CREAT) || !has_place(full))
        return syscall(SYS_openat, base, path, flags, mode); /* it changes nothing */
    enum kind kind = there ? EMPTY : CREATE;
    if (enter(kind, !there, full) != GO)
        return refused();
    int descriptor = syscall(SYS_openat, base, path, flags, mode);
    int fault = errno;
    if (descriptor >= 0)
        fstat(descriptor, &found);
    errno = fault;
    return over(descriptor, kind, full, "", found.st_ino, 0);
}

static mode_t mode_in(int flags, va_list rest)
{
    return flags & O_CREAT ? va_arg(rest, mode_t) : 0;
}

int open(const char *path, int flags, ...)
{
    va_list rest;
    va_start(rest, flags);
    mode_t mode = mode_in(flags, rest);
    va_end(rest);
    return opened(AT_FDCWD, path, flags, mode);
}

int openat(int base, const char *path, int flags, ...)
{
    va_list rest;
    va_start(rest, flags);
    mode_t mode = mode_in(flags, rest);
    va_end(rest);
    return opened(base, path, flags, mode);
}

int creat(const char *path, mode_t mode)
{
    return opened(AT_FDCWD, path, O_CREAT | O_WRONLY | O_TRUNC, mode);
}

static ssize_t sent(int descriptor, const void *data, size_t size, int64_t offset)
{
    return offset < 0 ? syscall(SYS_write, descriptor, data, size)
                      : syscall(SYS_pwrite64, descriptor, data, size, offset);
}

/* `offset` below 0: where the file stands. */
static ssize_t written(int descriptor, const void *data, size_t size, int64_t offset)
{
    char full[PATH_MAX];
    struct stat found;
    if (size == 0 || !holds(descriptor, full, &found))
        return sent(descriptor, data, size, offset);
    int64_t place = offset;
    if (fcntl(descriptor, F_GETFL) & O_APPEND)
        place = found.st_size;
    else if (offset < 0)
        place = lseek(descriptor, 0, SEEK_CUR);
    enum act act = enter(WRITE, place + (int64_t)size > found.st_size, full);
    if (act == REFUSE)
        return refused();
    size_t part = act == HALVE ? size / 2 : size;
    ssize_t done = part > 0 ? sent(descriptor, data, part, offset) : 0;
    if (act == HALVE && how == SHORT)
        die();
    if (act == HALVE && part == 0) {
        errno = ENOSPC;
        return refused();
    }
    int fault = errno;
    if (done > 0)
        note(WRITE, 0, full, "", found.st_ino, place, done, data);
    leave();
    errno = fault;
    return done;
}

ssize_t write(int descriptor, const void *data, size_t size)
{
    return written(descriptor, data, size, -1);
}

ssize_t pwrite(int descriptor, const void *data, size_t size, off_t offset)
{
    return written(descriptor, data, size, offset);
}

ssize_t writev(int descriptor, const struct iovec *pieces, int number)
{
    char full[PATH_MAX];
    struct stat found;
    size_t size = 0;
    if (!holds(descriptor, full, &found))
        return syscall(SYS_writev, descriptor, pieces, number);
    for (int piece = 0; piece < number; piece++)
        size += pieces[piece].iov_len;
    char *whole = malloc(size), *end = whole;
    if (whole == NULL)
        abort();
    for (int piece = 0; piece < number; piece++)
        end = mempcpy(end, pieces[piece].iov_base, pieces[piece].iov_len);
    ssize_t done = written(descriptor, whole, size, -1);
    int fault = errno;
    free(whole);
    errno = fault;
    return done;
}

int ftruncate(int descriptor, off_t length)
{
    char full[PATH_MAX];
    struct stat found;
    if (!holds(descriptor, full, &found) || found.st_size == length)
        return syscall(SYS_ftruncate, descriptor, length);
    if (enter(RESIZE, length > found.st_size, full) != GO)
        return refused();
    return over(syscall(SYS_ftruncate, descriptor, length), RESIZE, full, "", found.st_ino, length);
}

static int renamed(int base, const char *path, int second_base, const char *second, unsigned flags)
{
    char full[PATH_MAX], target[PATH_MAX];
    if (!inside(base, path, full) || !inside(second_base, second, target))
        return syscall(SYS_renameat2, base, path, second_base, second, flags);
    if (enter(RENAME, 0, target) != GO)
        return refused();
    return over(syscall(SYS_renameat2, base, path, second_base, second, flags), RENAME, full, target, 0, 0);
}

int rename(const char *path, const char *target)
{
    return renamed(AT_FDCWD, path, AT_FDCWD, target, 0);
}

int renameat(int base, const char *path, int target_base, const char *target)
{
    return renamed(base, path, target_base, target, 0);
}

int renameat2(int base, const char *path, int target_base, const char *target, unsigned flags)
{
    return renamed(base, path, target_base, target, flags);
}

int linkat(int base, const char *path, int target_base, const char *target, int flags)
{
    char full[PATH_MAX], second[PATH_MAX];
    if (!inside(base, path, full) || !inside(target_base, target, second))
        return syscall(SYS_linkat, base, path, target_base, target, flags);
    if (enter(LINK, 1, second) != GO)
        return refused();
    return over(syscall(SYS_linkat, base, path, target_base, target, flags), LINK, full, second, 0, 0);
}

int link(const char *path, const char *target)
{
    return linkat(AT_FDCWD, path, AT_FDCWD, target, 0);
}

int unlinkat(int base, const char *path, int flags)
{
    char full[PATH_MAX];
    struct stat found;
    if (!inside(base, path, full) || fstatat(base, path, &found, AT_SYMLINK_NOFOLLOW) != 0)
        return syscall(SYS_unlinkat, base, path, flags);
    enum kind kind = flags & AT_REMOVEDIR ? RMDIR : UNLINK;
    if (enter(kind, 0, full) != GO)
        return refused();
    return over(syscall(SYS_unlinkat, base, path, flags), kind, full, "", 0, 0);
}

int unlink(const char *path)
{
    return unlinkat(AT_FDCWD, path, 0);
}

int rmdir(const char *path)
{
    return unlinkat(AT_FDCWD, path, AT_REMOVEDIR);
}

int mkdirat(int base, const char *path, mode_t mode)
{
    char full[PATH_MAX];
    struct stat found;
    if (!inside(base, path, full) || fstatat(base, path, &found, AT_SYMLINK_NOFOLLOW) == 0 || !has_place(full))
        return syscall(SYS_mkdirat, base, path, mode);
    if (enter(MKDIR, 1, full) != GO)
        return refused();
    return over(syscall(SYS_mkdirat, base, path, mode), MKDIR, full, "", 0, 0);
}

int mkdir(const char *path, mode_t mode)
{
    return mkdirat(AT_FDCWD, path, mode);
}

int chmod(const char *path, mode_t mode)
{
    char full[PATH_MAX];
    struct stat found;
    if (!inside(AT_FDCWD, path, full) || stat(path, &found) != 0 || (found.st_mode & 07777) == mode)
        return syscall(SYS_fchmodat, AT_FDCWD, path, mode);
    if (enter(CHMOD, 0, full) != GO)
        return refused();
    return over(syscall(SYS_fchmodat, AT_FDCWD, path, mode), CHMOD, full, "", 0, mode);
}

static int synced(int descriptor, long number)
{
    char full[PATH_MAX];
    struct stat found;
    if (!holds(descriptor, full, &found))
        return syscall(number, descriptor);
    enum kind kind = S_ISDIR(found.st_mode) ? SYNC_FOLDER : SYNC;
    if (enter(kind, 0, full) != GO)
        return refused();
    return over(syscall(number, descriptor), kind, full, "", found.st_ino, 0);
}

int fsync(int descriptor)
{
    return synced(descriptor, SYS_fsync);
}

int fdatasync(int descriptor)
{
    return synced(descriptor, SYS_fdatasync);
}

/* On 64-bit systems the same functions have a second name. */
int open64(const char *path, int flags, ...) __attribute__((alias("open")));
int openat64(int base, const char *path, int flags, ...) __attribute__((alias("openat")));
int creat64(const char *path, mode_t mode) __attribute__((alias("creat")));
ssize_t pwrite64(int descriptor, const void *data, size_t size, off_t offset) __attribute__((alias("pwrite")));
int ftruncate64(int descriptor, off_t length) __attribute__((alias("ftruncate")));

/* From now on, below `path`, which must be absolute and without links: `wish` at operation `number`.

   `log` is a descriptor for records, -1 for none; `detail` is a level: only the operation that was met,
   all operations, or their contents, too. */
void shim_begin(const char *path, int wish, int64_t number, int log, int detail)
{
    pthread_mutex_lock(&turn);
    strncpy(folder, path, sizeof folder - 1);
    folder_bytes = strlen(folder);
    how = wish;
    at = number;
    count = 0;
    log_to = log;
    level = detail;
    pthread_mutex_unlock(&turn);
}

/* A remark for the log. */
void shim_mark(const char *text)
{
    pthread_mutex_lock(&turn);
    if (folder_bytes > 0)
        note(MARK, 0, text, "", 0, 0, 0, NULL);
    pthread_mutex_unlock(&turn);
}

/* Nothing more is done; how many operations there were. */
int64_t shim_end(void)
{
    pthread_mutex_lock(&turn);
    folder_bytes = 0;
    how = NOTHING;
    int64_t passed = count;
    pthread_mutex_unlock(&turn);
    return passed;
}

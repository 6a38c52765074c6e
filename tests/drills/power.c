/* A disk that forgets: preloaded into a program, it keeps a second copy of every file below POWER_ROOT in POWER_KEPT, and
   brings it up to date only when the program calls fsync or fdatasync. After a kill, that copy is what a power cut would
   have left. A new name in a folder is kept once its file is synced; a rename or a removal once the folder is. */
#define _GNU_SOURCE
#include <dirent.h>
#include <dlfcn.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define MOST 512
#define ROOM 512

struct kept { ino_t inode; char path[ROOM]; };

static struct kept table[MOST];
static int used;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

/* The path below POWER_ROOT that an open file has now; 0 for anything else. */
static int below(int fd, char *found, size_t room) {
    const char *root = getenv("POWER_ROOT");
    char link[64], path[ROOM];
    snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
    ssize_t length = root ? readlink(link, path, sizeof path - 1) : -1;
    if (length < 0) return 0;
    path[length] = 0;
    size_t depth = strlen(root);
    if (strncmp(path, root, depth) || (path[depth] && path[depth] != '/') || strstr(path, " (deleted)")) return 0;
    snprintf(found, room, "%s%s", getenv("POWER_KEPT"), path + depth);
    return 1;
}

static void join(char *path, const char *folder, const char *name) {
    if (snprintf(path, ROOM, "%s/%s", folder, name) >= ROOM) { fprintf(stderr, "power: a path is too long\n"); _exit(70); }
}

static struct kept *known(ino_t inode) {
    for (int i = 0; i < used; i++)
        if (table[i].inode == inode) return &table[i];
    return 0;
}

static void folders(const char *path) {
    char part[ROOM];
    snprintf(part, sizeof part, "%s", path);
    for (char *slash = strchr(part + 1, '/'); slash; slash = strchr(slash + 1, '/')) {
        *slash = 0;
        mkdir(part, 0700);
        *slash = '/';
    }
}

/* Bring the copy up to date, writing only what differs: a kill in the middle leaves what a real disk might. */
static void copy(int fd, const char *path, mode_t mode, off_t size) {
    static char fresh[1 << 16], old[1 << 16];
    folders(path);
    int target = open(path, O_RDWR | O_CREAT | O_CLOEXEC, mode & 0777), source = fd;
    if ((fcntl(fd, F_GETFL) & O_ACCMODE) == O_WRONLY) {
        /* only then a second one: closing it would let go of the locks that SQLite holds on its files */
        char again[64];
        snprintf(again, sizeof again, "/proc/self/fd/%d", fd);
        source = open(again, O_RDONLY | O_CLOEXEC);
    }
    if (source < 0 || target < 0) { fprintf(stderr, "power: cannot copy %s\n", path); _exit(70); }
    for (off_t at = 0; at < size;) {
        ssize_t got = pread(source, fresh, sizeof fresh, at);
        if (got <= 0) break;
        ssize_t had = pread(target, old, got, at);
        if (had != got || memcmp(fresh, old, got))
            if (pwrite(target, fresh, got, at) != got) { fprintf(stderr, "power: no room\n"); _exit(70); }
        at += got;
    }
    if (ftruncate(target, size)) _exit(70);
    if (source != fd) close(source);
    close(target);
}

/* A folder was synced: take over the renames and removals since. */
static void names(int fd, const char *kept) {
    int again = openat(fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    DIR *folder = again < 0 ? 0 : fdopendir(again);
    if (!folder) return;
    char path[ROOM];
    for (struct dirent *entry; (entry = readdir(folder));) {
        struct kept *one = known(entry->d_ino);
        if (!one) continue;
        join(path, kept, entry->d_name);
        if (!strcmp(path, one->path)) continue;
        for (int i = 0; i < used; i++) /* whatever had the name before is gone */
            if (!strcmp(table[i].path, path)) table[i].inode = 0;
        rename(one->path, path);
        memcpy(one->path, path, ROOM);
    }
    closedir(folder);
    if (!(folder = opendir(kept))) return;
    for (struct dirent *entry; (entry = readdir(folder));)
        if (entry->d_type == DT_REG && faccessat(fd, entry->d_name, F_OK, AT_SYMLINK_NOFOLLOW)) {
            join(path, kept, entry->d_name);
            unlinkat(AT_FDCWD, path, 0);
        }
    closedir(folder);
}

static void keep(int fd) {
    char path[ROOM];
    struct stat state;
    if (!below(fd, path, sizeof path) || fstat(fd, &state)) return;
    pthread_mutex_lock(&lock);
    if (S_ISDIR(state.st_mode)) {
        names(fd, path);
    } else if (S_ISREG(state.st_mode)) {
        copy(fd, path, state.st_mode, state.st_size);
        struct kept *one = known(state.st_ino);
        for (int i = 0; !one && i < used; i++)
            if (!strcmp(table[i].path, path)) one = &table[i];
        for (int i = 0; !one && i < used; i++)
            if (!table[i].inode) one = &table[i];
        if (!one && used < MOST) one = &table[used++];
        if (!one) { fprintf(stderr, "power: too many files\n"); _exit(70); }
        one->inode = state.st_ino;
        memcpy(one->path, path, ROOM);
    }
    pthread_mutex_unlock(&lock);
}

int fsync(int fd) {
    keep(fd);
    return 0; /* the copy is the disk */
}

/* The number of a removed file may be another's soon. Its copy stays until the folder is synced. */
int unlink(const char *path) {
    static int (*real)(const char *);
    struct stat state;
    if (!real) real = (int (*)(const char *))dlsym(RTLD_NEXT, "unlink");
    pthread_mutex_lock(&lock);
    struct kept *one = lstat(path, &state) || state.st_nlink > 1 ? 0 : known(state.st_ino);
    int failed = real(path);
    if (one && !failed) one->inode = 0;
    pthread_mutex_unlock(&lock);
    return failed;
}

int fdatasync(int fd) {
    keep(fd);
    return 0;
}

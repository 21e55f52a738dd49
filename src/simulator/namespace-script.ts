// The shell program that builds a switch's file system inside a fresh mount namespace and then keeps that
// namespace alive. It must not write to the host: everything of the host is a layer, read-only or hidden.

/** Folder inside the switch through which simulator and switch talk; nothing of EOS lives there. */
export const SWITCH_FOLDER = '/.switch';

/** Folders of the host that a running switch never sees: each switch has its own. */
export const PRIVATE_FOLDERS = [
  '/home',
  '/root',
  '/mnt',
  '/persist',
  '/tmp',
  '/run',
  '/var/run',
  '/var/tmp',
  '/etc',
  '/dev',
  '/proc',
];

/**
 * Run by `sh` as root of the new namespaces, with these variables:
 * SWITCH_ROOT (empty folder to build in), SWITCH_WORK (holds etc/, run/, switch/: gone with the switch's power),
 * SWITCH_STATE (holds mnt/, persist/: kept), SWITCH_KEEP (folders, one a line, that must stay visible although
 * they lie under a private one), SWITCH_PYTHON (real path of the interpreter), SWITCH_PYTHON_NAMES (what the switch
 * calls it), SWITCH_CLI_PLUGINS (folder under /usr), SWITCH_FLASH_SIZE (bytes, or empty), SWITCH_ORDINARY (`1` when
 * a user namespace is in use), SWITCH_NETWORK (`1`: own network, bring its loopback up).
 *
 * Prints `ready PID` (as the host numbers it), then waits until its standard input ends: the namespaces, and every
 * process in them, end with whoever started it.
 */
export const NAMESPACE_SCRIPT = `
set -eu
umask 022
read -r pid _ < /proc/self/stat
root=$SWITCH_ROOT

mount -t tmpfs -o mode=755 switch "$root"
mkdir "$root/.layers" "$root/.old"

has_mounts() {
  while read -r _ _ _ _ point _; do
    case "$point" in "$root"*) ;; "$1"/*) return 0 ;; esac
  done < /proc/self/mountinfo
  return 1
}

# A host folder with a writable layer that vanishes with the namespace. Folders of the layer that exist beforehand
# belong to the switch's root, also where the host's belong to an id that a user namespace does not know.
layered() {
  layer=$root/.layers$1
  mkdir -p "$root$1" "$layer/upper" "$layer/work"
  for folder in $2; do mkdir -p "$layer/upper/$folder"; done
  xattr=; [ -z "$SWITCH_ORDINARY" ] || xattr=,userxattr
  if has_mounts "$1"; then return 1; fi
  mount -t overlay -o "lowerdir=$1,upperdir=$layer/upper,workdir=$layer/work$xattr" switch "$root$1" 2>/dev/null
}

sealed=
seal() {
  mount --rbind "$1" "$root$1"
  sealed="$sealed$1
"
}

# Every mount at or under the sealed folders becomes read-only; one that refuses is hidden.
make_read_only() {
  cat /proc/self/mountinfo > "$root/.layers/mounts"
  printf %s "$sealed" | while IFS= read -r folder; do
    while read -r _ _ _ _ point options _; do
      case "$point" in *\\*) point=$(printf %b "$point") ;; esac
      options=\${options#r[wo]}
      case "$point/" in
        "$root$folder"/*)
          mount -o "remount,bind,ro,\${options#,}" "$point" 2>/dev/null ||
            mount -t tmpfs -o ro,size=4k hidden "$point" ;;
      esac
    done < "$root/.layers/mounts"
  done
}

for entry in /* /.[!.]*; do
  name=\${entry#/}
  case "$name" in
    mnt|persist|tmp|run|etc|dev|proc|sys|home|root|lost+found|'*'|'.[!.]*') continue ;;
  esac
  if [ -L "$entry" ]; then cp -P "$entry" "$root/$name"; continue; fi
  [ -d "$entry" ] || continue
  mkdir "$root/$name"
  [ -r "$entry" ] || continue
  case "$name" in
    usr) layered "$entry" "bin sbin lib lib64 local/bin local/sbin local/lib share $SWITCH_CLI_PLUGINS" || seal "$entry" ;;
    var) layered "$entry" "log spool mail spool/mail lib cache" || seal "$entry" ;;
    opt) layered "$entry" "" || seal "$entry" ;;
    *) seal "$entry" ;;
  esac
done

mkdir -p "$root/mnt" "$root/persist" "$root/run" "$root/etc" "$root/proc" "$root/sys" "$root/dev/shm" \\
  "$root/home" "$root/root" "$root$SWITCH_FOLDER"
mkdir -p -m 1777 "$root/tmp"
chmod 700 "$root/root"
chmod 1777 "$root/dev/shm"
mount --bind "$SWITCH_STATE/mnt" "$root/mnt"
mount --bind "$SWITCH_STATE/persist" "$root/persist"
mount --bind "$SWITCH_WORK/run" "$root/run"
mount --bind "$SWITCH_WORK/etc" "$root/etc"
for name in alternatives ca-certificates crypto-policies default ld.so.conf.d pam.d pki profile.d security skel ssl terminfo; do
  [ ! -d "/etc/$name" ] || layered "/etc/$name" "$([ "$name" != ssl ] || echo certs)" || seal "/etc/$name"
done
mount --bind "$SWITCH_WORK/switch" "$root$SWITCH_FOLDER"
[ -L /var/run ] || [ ! -d "$root/var/run" ] || mount --bind "$SWITCH_WORK/run" "$root/var/run"
if [ -d "$root/var/tmp" ]; then mount --bind "$root/tmp" "$root/var/tmp"; fi

if [ -n "$SWITCH_FLASH_SIZE" ]; then
  mkdir "$root/.flash"
  mount --bind "$SWITCH_STATE/mnt/flash" "$root/.flash"
  mount -t tmpfs -o "mode=755,size=$SWITCH_FLASH_SIZE" flash "$root/mnt/flash"
  cp -a "$root/.flash/." "$root/mnt/flash/"
fi

for device in null zero full random urandom tty; do
  : > "$root/dev/$device"
  mount --bind "/dev/$device" "$root/dev/$device"
done
ln -s /proc/self/fd "$root/dev/fd"
for number in 0:stdin 1:stdout 2:stderr; do ln -s "/proc/self/fd/\${number%%:*}" "$root/dev/\${number#*:}"; done

mount --rbind /sys "$root/sys"
[ ! -d /sys/fs/cgroup ] || mount -t tmpfs -o ro,size=4k hidden "$root/sys/fs/cgroup"
mount -o remount,bind,ro "$root/sys" 2>/dev/null || mount -t tmpfs -o ro,size=4k hidden "$root/sys"

printf %s "$SWITCH_KEEP" > "$root/.layers/keep"
while IFS= read -r folder || [ -n "$folder" ]; do
  mkdir -p "$root$folder"
  seal "$folder"
done < "$root/.layers/keep"
make_read_only

# The switch has one Python, under the names that EOS gives it.
for folder in /usr/bin /usr/local/bin; do
  for name in python python2 python3 python2.[0-9] python3.[0-9] python3.[0-9][0-9]; do
    for found in "$root$folder"/$name; do
      if [ -e "$found" ] || [ -L "$found" ]; then
        [ "$found" = "$root$SWITCH_PYTHON" ] || rm -f "$found" 2>/dev/null || true
      fi
    done
  done
done
for name in $SWITCH_PYTHON_NAMES; do
  [ "/usr/bin/$name" = "$SWITCH_PYTHON" ] || ln -sf "$SWITCH_PYTHON" "$root/usr/bin/$name" 2>/dev/null || true
done
ln -sf "$SWITCH_FOLDER/bin/FastCli" "$root/usr/bin/FastCli" 2>/dev/null || true

cd "$root"
mount -t proc proc proc 2>/dev/null || mount --rbind /proc proc
pivot_root . .old
umount -l /.old
rmdir /.old
rm -f /.layers/mounts /.layers/keep
hostname localhost 2>/dev/null || true
mount --bind /proc/sys /proc/sys
mount -o remount,bind,ro /proc/sys 2>/dev/null || true
[ -z "$SWITCH_NETWORK" ] || ip link set lo up
echo "ready $pid"
while read -r _; do :; done
`;

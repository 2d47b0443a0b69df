# Sourced by scripts/package: the wheel that carries the program. Wants: root, dist, work, version, program, kernelspec.

# What every system has that the wheel's tag admits: glibc's own libraries and the compiler's.
of_the_system='^(ld-linux.*|lib(c|m|pthread|dl|rt|resolv|util|stdc\+\+|gcc_s))\.so'

# The program in bin/, all else it needs in lib/thaw/, each told to look there; and the licences of what others made.
pack_wheel() {
    local tree=$work/tree name path package glibc
    install -D --mode=755 "$program" "$tree/bin/thaw"
    mkdir -p "$tree/lib/thaw" "$tree/share/doc/thaw/licenses"
    while read -r name path; do
        [[ $name =~ $of_the_system ]] && continue
        path=$(readlink -f "$path")
        install --mode=644 "$path" "$tree/lib/thaw/$name"
        patchelf --set-rpath '$ORIGIN' "$tree/lib/thaw/$name"
        # Where /lib is a link to /usr/lib, dpkg may know the file by either name.
        package=$(dpkg-query --search "$path" "${path#/usr}" 2>/dev/null | cut -d: -f1 | sed 1q || true)
        [ -n "$package" ] || {
            echo "package: no Debian package owns $path, so its licence is not known" >&2
            return 1
        }
        cp "/usr/share/doc/$package/copyright" "$tree/share/doc/thaw/licenses/$package"
    done < <(ldd "$program" | awk '$2 == "=>" { print $1, $3 }')
    patchelf --set-rpath '$ORIGIN/../lib/thaw' "$tree/bin/thaw"
    cp "$root/packaging/debian/copyright" "$tree/share/doc/thaw/licenses/thaw"

    # The oldest glibc that has every symbol that is asked for.
    glibc=$(objdump -T "$tree/bin/thaw" "$tree"/lib/thaw/* | grep -o 'GLIBC_2\.[0-9]*' | sort -Vu | tail -n1)
    THAW_PROGRAM_TREE=$tree THAW_PLATFORM_TAG=manylinux_2_${glibc#GLIBC_2.}_$(uname -m) wheel_of_kernelspec "$dist"
}

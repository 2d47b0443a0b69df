# Sourced by scripts/package: the Debian package. Wants: root, dist, work, version, program, kernelspec.

pack_deb() {
    local stage=$work/deb share architecture depends python
    share=$stage/usr/share
    architecture=$(dpkg --print-architecture)
    install -D --mode=755 "$program" "$stage/usr/bin/thaw"

    # Jupyter's side: every Jupyter looks in /usr/share/jupyter, also one in a Python environment. The kernelspec names the program that is installed.
    mkdir -p "$share/jupyter/kernels/thaw" "$share/jupyter/labextensions"
    "$program" install --prefix "$stage/usr" --program /usr/bin/thaw >/dev/null
    cp -r "$kernelspec/labextension" "$share/jupyter/labextensions/thaw-kernel"
    python=$stage/usr/lib/python3/dist-packages
    mkdir -p "$python"
    unzip -q "$dist/thaw_kernel-$version-py3-none-any.whl" 'thaw_kernel/*' 'thaw_kernel-*.dist-info/*' -d "$python"
    # These lists name files of a Python environment, and say that pip may remove them.
    rm "$python"/thaw_kernel-*.dist-info/RECORD
    echo dpkg >"$(echo "$python"/thaw_kernel-*.dist-info)/INSTALLER"

    install -D --mode=644 /dev/stdin "$share/bash-completion/completions/thaw" < <("$program" --generate-completion-script bash)
    install -D --mode=644 /dev/stdin "$share/zsh/vendor-completions/_thaw" < <("$program" --generate-completion-script zsh)
    install -D --mode=644 /dev/stdin "$share/fish/vendor_completions.d/thaw.fish" < <("$program" --generate-completion-script fish)

    # Notebooks lie outside of the documentation, which some systems leave out when they install.
    mkdir -p "$share/thaw/notebooks" "$share/doc/thaw"
    copy_tracked notebooks "$share/thaw/notebooks"
    ln -s ../../thaw/notebooks "$share/doc/thaw/examples"
    cp "$root/README.md" "$root"/docs/*.md "$share/doc/thaw/"
    cp "$root/packaging/debian/copyright" "$share/doc/thaw/copyright"
    gzip --best --no-name <"$root/CHANGELOG.md" >"$share/doc/thaw/changelog.gz"

    # What the program is linked with, by the packages that carry it here.
    mkdir -p "$work/shlibs/debian"
    printf 'Source: thaw\n\nPackage: thaw\nArchitecture: any\n' >"$work/shlibs/debian/control"
    depends=$(cd "$work/shlibs" && dpkg-shlibdeps -O --ignore-missing-info "$stage/usr/bin/thaw" 2>/dev/null | sed -n 's/^shlibs:Depends=//p')
    mkdir "$stage/DEBIAN"
    sed -e "s|@VERSION@|$version|; s|@ARCHITECTURE@|$architecture|; s|@DEPENDS@|$depends|" \
        -e "s|@INSTALLED_SIZE@|$(du --summarize --apparent-size --block-size=1024 "$stage" | cut -f1)|" \
        "$root/packaging/debian/control.in" >"$stage/DEBIAN/control"
    (cd "$stage" && find usr -type f -print0 | sort -z | xargs -0 md5sum >DEBIAN/md5sums)
    chmod -R u=rwX,go=rX "$stage"
    dpkg-deb --build --root-owner-group "$stage" "$dist/thaw_${version}_$architecture.deb"
}

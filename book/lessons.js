// The choice of a language for programs and golden files, a copy button for golden files, and a
// link past the menus; pointing at a golden line lights up its mark in the picture of a run. Without this script all of a page is there, in both languages.
'use strict';

(() => {
    const root = document.documentElement;
    const KEY = 'lessons-language';

    function button(text, onclick) {
        const button = document.createElement('button');
        Object.assign(button, { type: 'button', textContent: text, onclick });
        return button;
    }

    function choose(language) {
        root.dataset.language = language;
        for (const button of document.querySelectorAll('.languages button')) {
            button.setAttribute('aria-pressed', button.textContent === language);
        }
    }

    function languages() {
        const group = document.createElement('div');
        group.className = 'languages';
        group.role = 'group';
        group.ariaLabel = 'Language';
        group.append(...['Rust', 'Python'].map(language => button(language, () => {
            choose(language);
            try {
                localStorage.setItem(KEY, language);
            } catch {
                // Then the choice is this page's alone.
            }
        })));
        return group;
    }

    for (const twins of document.querySelectorAll('.twins')) {
        twins.prepend(languages());
    }
    for (const figure of document.querySelectorAll('.golden')) {
        const caption = figure.querySelector('figcaption');
        if (figure.querySelector('.rust-only, .python-only')) {
            caption.append(languages());
        }
        // The lines that are shown, as they stand in the file. Browsers copy only from safe pages.
        const lines = [...figure.querySelectorAll('pre > span')];
        const copy = button('Copy', async () => {
            const shown = lines.filter(line => line.getClientRects().length > 0);
            await navigator.clipboard.writeText(shown.map(line => line.textContent).join(''));
            copy.textContent = 'Copied';
        });
        copy.className = 'copy';
        copy.onblur = copy.onpointerleave = () => { copy.textContent = 'Copy'; };
        if (navigator.clipboard) {
            caption.append(copy);
        }
    }

    // A line of a golden file and its mark in the pictures of its runs: whichever is pointed at.
    function light(one) {
        for (const lit of document.querySelectorAll('.lit')) {
            lit.classList.remove('lit');
        }
        const line = one?.closest('[data-line]');
        const file = line?.closest('[data-file]')?.dataset.file;
        if (file) {
            const same = `[data-file="${file}"] [data-line="${line.dataset.line}"]`;
            document.querySelectorAll(same).forEach(one => one.classList.add('lit'));
        }
    }
    document.addEventListener('pointerover', event => light(event.target));
    // The keyboard comes to the whole file, and the arrows to its lines.
    for (const pre of document.querySelectorAll('.golden[data-file] > pre')) {
        const lines = [...pre.querySelectorAll('.line')];
        pre.tabIndex = 0;
        pre.onblur = () => light(null);
        pre.onkeydown = event => {
            const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
            const to = step && lines[lines.findIndex(line => line.classList.contains('lit')) + step];
            if (to) {
                event.preventDefault();
                light(to);
            }
        };
    }

    let language = null;
    try {
        language = localStorage.getItem(KEY);
    } catch {
        // No choice is kept.
    }
    choose(language === 'Python' ? 'Python' : 'Rust');

    const title = document.querySelector('main h1[id]');
    if (title) {
        const skip = document.createElement('a');
        Object.assign(skip, { className: 'skip', textContent: 'Skip to the text' });
        // Also below a base address.
        skip.href = `${location.pathname}${location.search}#${title.id}`;
        document.body.prepend(skip);
    }
})();

extension PageTemplates {
  static let participants = """
    <section aria-labelledby="participants">
    <h2 id="participants">Participants</h2>
    {{#flow}}
    <ol class="flow" aria-label="Flow of cases">
    <li class="box"><strong>Submitted</strong> {{submitted}}</li>
    <li class="box aside"><strong>Not used</strong> {{failed}} failed, {{excluded}} excluded</li>
    <li class="box"><strong>Used</strong> {{used}}<br />{{usedDetail}}</li>
    <li class="parts">
    <span class="box"><strong>Training</strong> {{training}}</span>
    {{#hasTest}}
    <span class="box"><strong>Test</strong> {{test}}</span>
    {{/hasTest}}
    </li>
    </ol>
    {{/flow}}
    <div class="scroll" role="region" aria-label="Participants by site" tabindex="0">
    <table>
    <caption>Participants by site. Subjects, images and outcome count what was used.</caption>
    <thead>
    <tr><th scope="col">Site</th><th scope="col">Subjects</th><th scope="col">Images</th>\
    <th scope="col">With outcome</th><th scope="col">Training</th><th scope="col">Test</th>\
    <th scope="col">Failed</th><th scope="col">Excluded</th></tr>
    </thead>
    <tbody>
    {{#sites}}
    <tr><th scope="row">{{site}}</th><td>{{subjects}}</td><td>{{images}}</td><td>{{positives}}</td>\
    <td>{{training}}</td><td>{{test}}</td><td>{{failed}}</td><td>{{excluded}}</td></tr>
    {{/sites}}
    </tbody>
    <tfoot>
    {{#siteTotal}}
    <tr><th scope="row">{{site}}</th><td>{{subjects}}</td><td>{{images}}</td><td>{{positives}}</td>\
    <td>{{training}}</td><td>{{test}}</td><td>{{failed}}</td><td>{{excluded}}</td></tr>
    {{/siteTotal}}
    </tfoot>
    </table>
    </div>
    {{#empty(exclusions)}}
    <p>Every submitted case was used.</p>
    {{/empty(exclusions)}}
    {{^empty(exclusions)}}
    <div class="scroll" role="region" aria-label="Cases not used" tabindex="0">
    <table class="text stack">
    <caption>Cases not used, and what to do about each.</caption>
    <thead>
    <tr><th scope="col">Case</th><th scope="col">Site</th><th scope="col">Why</th>\
    <th scope="col">What to do</th></tr>
    </thead>
    <tbody>
    {{#exclusions}}
    <tr><th scope="row">{{id}}</th><td data-label="Site">{{site}}</td>\
    <td data-label="Why">{{sentence}} <span class="code">{{kind}}: {{code}}</span></td>\
    <td data-label="What to do">{{remedy}}</td></tr>
    {{/exclusions}}
    </tbody>
    </table>
    </div>
    {{/empty(exclusions)}}
    {{^empty(duplicates)}}
    <div class="scroll" role="region" aria-label="Duplicate images" tabindex="0">
    <table class="text">
    <caption>Cases that share one image, found by hash.</caption>
    <thead>
    <tr><th scope="col">Cases</th><th scope="col">Where</th></tr>
    </thead>
    <tbody>
    {{#duplicates}}
    <tr><th scope="row">{{cases}}</th><td>{{consequence}}</td></tr>
    {{/duplicates}}
    </tbody>
    </table>
    </div>
    {{/empty(duplicates)}}
    </section>
    """
}
